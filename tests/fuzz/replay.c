/* replay - feeds every file of the folders given to a fuzzer's entry, once: the corpus as a test */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { INPUT_MAX = 1 << 20, ONE_INPUT_S = 10 };

static int feed(const char *folder, const char *name)
{
	static uint8_t buf[INPUT_MAX];
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *f = fopen(path, "rb");

	if (!f) {
		perror(path);
		return -1;
	}
	size_t n = fread(buf, 1, sizeof(buf), f);

	fclose(f);
	/* what an abort or the alarm would otherwise leave unnamed */
	fprintf(stderr, "%s\n", path);
	alarm(ONE_INPUT_S);
	LLVMFuzzerTestOneInput(buf, n);
	alarm(0);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned n = 0;

	for (int i = 1; i < argc; i++) {
		DIR *d = opendir(argv[i]);

		if (!d) {
			perror(argv[i]);
			return EXIT_FAILURE;
		}
		for (const struct dirent *e; (e = readdir(d));) {
			if (e->d_name[0] == '.')
				continue;
			if (feed(argv[i], e->d_name) < 0)
				return EXIT_FAILURE;
			n++;
		}
		closedir(d);
	}
	printf("%u inputs\n", n);
	return n > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
