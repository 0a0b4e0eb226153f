/*
 * agent - keeps one site as its peer list says, until told to stop
 * Stopping, however it happens, leaves tunnels and sessions as they are.
 */
#pragma once

#include <stdbool.h>

struct agent_conf {
	const char *peers, *site;
	const char *bird_dir, *bird_socket, *bird_program;
	bool with_bird;
	const char *state;   /* folder of the last good copy, NULL: keep none */
	const char *socket;  /* of the status */
	const char *metrics; /* "127.0.0.1:9862", NULL: none */
	bool metrics_must;   /* asked for: not being able to is fatal */
	const char *user;    /* to run as, NULL: as started */
	bool force;	     /* remove tunnels however many they are */
};

/** agent_run() - Return: an exit code; everything worth saying was said */
int agent_run(const struct agent_conf *conf);
