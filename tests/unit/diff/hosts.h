/*
 * hosts - wanted and found hosts for the tests of diff/, and a kernel made of paper
 */
#pragma once

#include "diff/diff.h"

enum { HOST_ROOM = 64, ADDR_ROOM = 8 };

/* A host with room to grow, so that tests can alter it. */
struct paper {
	struct host host;
	struct tunnel tunnels[HOST_ROOM];
	struct tunnel_addr addrs[HOST_ROOM][ADDR_ROOM];
	char aliases[HOST_ROOM][64];
	struct setting settings[8];
	int next_ifindex;
};

struct paper *paper_new(void);
/* The tunnel to site number n of fabric demo, as it is wanted: link "me-sNN", interface "gx-sNN". */
struct tunnel *paper_add(struct paper *p, unsigned n);
/* As found: with an ifindex and a group. */
struct tunnel *paper_found(struct paper *p, unsigned n);
struct tunnel *paper_find(struct paper *p, const char *ifname);
void paper_remove(struct paper *p, struct tunnel *t);
void paper_alias(struct paper *p, struct tunnel *t, const char *alias);
void paper_addr(struct paper *p, struct tunnel *t, const char *local, const char *peer,
		unsigned len, bool ours);
void paper_setting(struct paper *p, const char *name, const char *value);
struct addr paper_ip(const char *text);

/* Does the steps as a kernel would. Return: NULL, or the kernel's refusal with the step. */
const char *paper_apply(struct paper *p, const struct steps *steps, char buf[256]);
/* Conflicts and steps, one a line; to be freed. */
char *steps_text(const struct steps *s);
