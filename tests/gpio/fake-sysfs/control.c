/* What the test does to lines; the commands stand in main.c. */
#include "fake-sysfs.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void command(char *text)
{
	char verb[16] = "";
	int number = 0, value = 0, parts = sscanf(text, "%15s %d %d", verb, &number, &value);
	struct line *line = find_line(number);

	if (parts == 1 && strcmp(verb, "sync") == 0)
		;
	else if (parts == 2 && strcmp(verb, "forbidden") == 0)
		forbidden = number;
	else if (!line)
		goto no;
	else if (parts == 2 && strcmp(verb, "show") == 0) {
		printf("= %s %s %d %d %s\n", line->exported ? "exported" : "free", line->output ? "out" : "in",
		       line->level, line->active_low, EDGES[line->edge]);
		return;
	} else if (parts == 2 && strcmp(verb, "export") == 0) {
		if (take(line, number))
			goto no;
	} else if (parts == 2 && strcmp(verb, "unexport") == 0) {
		if (let_go(line, number))
			goto no;
	} else if (parts != 3)
		goto no;
	else if (strcmp(verb, "level") == 0)
		outside(line, value);
	else if (strcmp(verb, "busy") == 0)
		line->busy = value;
	else if (strcmp(verb, "locked") == 0)
		line->locked = value;
	else if (strcmp(verb, "slow") == 0)
		line->slow = value;
	else if (strcmp(verb, "broken") == 0)
		line->broken = value;
	else
		goto no;
	puts("ok");
	return;
no:
	printf("no %s", text);
}

void *obey(void *unused)
{
	char text[128];

	(void)unused;
	while (fgets(text, sizeof(text), stdin)) {
		pthread_mutex_lock(&lock);
		command(text);
		pthread_mutex_unlock(&lock);
	}
	/* The namespace, and with it the mount, goes with its last process. */
	_exit(0);
}
