/*
 * read - a group of the parsed text into its struct, as the table of fields says
 * Between screen (clean text) and check (the whole list).
 *   in  a libconfig group     out  the struct's fields, and a fault for each that is wrong
 */
#pragma once

#include "base/arena.h"
#include "base/fault.h"
#include "peerlist/fields.h"
#include "peerlist/marks.h"

#include <libconfig.h>

struct reader {
	struct arena *arena;   /* of the list: what stays */
	struct arena *scratch; /* for the words of faults and the like */
	struct faults *faults;
	struct marks *marks;
	const char *file;
	size_t quiet_from; /* faults from here on are of this file's text: their lines are */
	size_t quiet_to;   /* not spoken of again */
};

/**
 * read_group() - every field of @group into @base
 * @where: as faults shall say it, "member Alpha: site ams"; NULL at the top of the file
 * A value that is wrong leaves its field as it was. Afterwards marks_line() answers for each
 * field that was given, right or wrong.
 */
void read_group(struct reader *r, const config_setting_t *group, const struct field_group *g,
		const char *where, void *base);
/** read_where() - how faults name the group: "member Alpha", or without a name "member 2";
 *  @index is from 1, 0 where there is but one */
const char *read_where(struct reader *r, const config_setting_t *group, const struct field_group *g,
		       size_t index, const char *above);
/** read_fault() - a fault at the line of @s, unless that line is quiet */
void read_fault(struct reader *r, const config_setting_t *s, const char *where, const char *fmt,
		...) __attribute__((format(printf, 4, 5)));
/** read_found() - what stands there, in words: "a number" */
const char *read_found(const config_setting_t *s);
/** read_unknown() - a fault for every key of @group that @g does not know. Return: how many */
size_t read_unknown(struct reader *r, const config_setting_t *group, const struct field_group *g,
		    const char *where);
