#include "version.h"
#include "base/err.h"
#include "cmd/output.h"
#include "cmd/verb.h"

int verb_version(const struct call *c)
{
	if (call_has(c, OPT_JSON))
		output_json(json_pack("{s:s}", "version", GRIX_VERSION));
	else
		puts("grix " GRIX_VERSION);
	return EXIT_DONE;
}
