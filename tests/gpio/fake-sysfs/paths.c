/* What the paths of the file system stand for. */
#include "fake-sysfs.h"

#include <stdio.h>
#include <string.h>

const char *const CHIP_FILES[] = {"label", "base", "ngpio", NULL};

struct target resolve(const char *path)
{
	struct target target = {NOTHING, NULL, NULL, 0, NULL};
	char file[32] = "";
	int number, parts;

	if (strcmp(path, "/") == 0)
		target.kind = ROOT;
	else if (strcmp(path, "/export") == 0)
		target.kind = EXPORT;
	else if (strcmp(path, "/unexport") == 0)
		target.kind = UNEXPORT;
	else if ((parts = sscanf(path, "/gpiochip%d/%31s", &number, file)) > 0) {
		int found = parts > 1 ? index_of(CHIP_FILES, file) : 0;
		for (int i = 0; i < chip_count; i++)
			if (chips[i].base == number && found >= 0)
				target = (struct target){parts > 1 ? CHIP_FILE : CHIP, &chips[i], NULL, number,
							 CHIP_FILES[found]};
	} else if ((parts = sscanf(path, "/gpio%d/%31s", &number, file)) > 0) {
		struct line *line = find_line(number);
		int found = parts > 1 ? index_of(LINE_FILES, file) : 0;
		if (line && line->exported && found >= 0)
			target = (struct target){parts > 1 ? LINE_FILE : LINE, NULL, line, number, LINE_FILES[found]};
	}
	return target;
}
