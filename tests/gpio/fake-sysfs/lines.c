/* Lines as gpiolib-sysfs.c of the kernel has them. */
#include "fake-sysfs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

struct chip chips[MOST_CHIPS];
int chip_count;
bool forbidden;
pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

const char *const LINE_FILES[] = {"direction", "value", "edge", "active_low", NULL};
const char *const EDGES[] = {"none", "rising", "falling", "both", NULL};

static void say(const char *what, int number, const char *value)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	printf("%.3f %s %d%s\n", now.tv_sec * 1e3 + now.tv_nsec / 1e6, what, number, value);
}

struct line *find_line(int number)
{
	for (int i = 0; i < chip_count; i++)
		if (number >= chips[i].base && number < chips[i].base + chips[i].count)
			return &chips[i].lines[number - chips[i].base];
	return NULL;
}

int index_of(const char *const *list, const char *text)
{
	for (int i = 0; list[i]; i++)
		if (strcmp(list[i], text) == 0)
			return i;
	return -1;
}

static void wake(struct line *line, int poll)
{
	if (!line->polls[poll])
		return;
	fuse_notify_poll(line->polls[poll]);
	fuse_pollhandle_destroy(line->polls[poll]);
	line->polls[poll] = NULL;
}

static void notify(struct line *line)
{
	line->events++;
	for (int i = 0; i < MOST_POLLS; i++)
		wake(line, i);
}

void remember_poll(struct line *line, struct fuse_pollhandle *handle)
{
	int free_place = 0;

	while (free_place < MOST_POLLS && line->polls[free_place])
		free_place++;
	/* Who is woken for nothing polls again. */
	if (free_place == MOST_POLLS)
		wake(line, free_place = 0);
	line->polls[free_place] = handle;
}

static void drive(struct line *line, int number, bool output, int level)
{
	bool changed = line->output != output || (output && line->level != level);

	line->output = output;
	line->level = level;
	if (changed)
		say("pin", number, !output ? " in" : level ? " 1" : " 0");
}

void outside(struct line *line, int level)
{
	if (line->output || line->level == level)
		return;
	line->level = level;
	if (line->exported && line->edge & ((level ^ line->active_low) ? 1 : 2))
		notify(line);
}

int take(struct line *line, int number)
{
	if (line->busy || line->exported)
		return -EBUSY;
	line->exported = true;
	line->generation++;
	say("export", number, "");
	return 0;
}

/* As the kernel does it: the pin stays as it is driven (pinctrl_bcm2835.persist_gpio_outputs=Y). */
int let_go(struct line *line, int number)
{
	if (!line->exported)
		return -EINVAL;
	line->exported = false;
	line->edge = 0;
	line->active_low = false;
	say("unexport", number, "");
	notify(line);
	return 0;
}

int read_line(struct line *line, const char *file, struct opened *opened, char *text, size_t size)
{
	if (strcmp(file, "direction") == 0)
		return snprintf(text, size, "%s\n", line->output ? "out" : "in");
	if (strcmp(file, "edge") == 0)
		return snprintf(text, size, "%s\n", EDGES[line->edge]);
	if (strcmp(file, "active_low") == 0)
		return snprintf(text, size, "%d\n", line->active_low);
	if (line->broken)
		return -EIO;
	opened->seen = line->events;
	return snprintf(text, size, "%d\n", line->level ^ line->active_low);
}

/* An output cannot have edges, nor a line with edges become an output (gpiochip_lock_as_irq). */
int write_line(struct line *line, int number, const char *file, const char *text)
{
	bool is_value = strcmp(file, "value") == 0;
	int edge = index_of(EDGES, text);

	if (line->locked && !is_value)
		return -EPERM;
	if (strcmp(file, "direction") == 0) {
		bool output = strcmp(text, "in") != 0;
		/* "high" and "low" are levels of the pin, whatever active_low says. */
		bool high = strcmp(text, "high") == 0;
		if (output && !high && strcmp(text, "low") != 0 && strcmp(text, "out") != 0)
			return -EINVAL;
		if (output && line->edge)
			return -EIO;
		drive(line, number, output, output ? high : line->level);
		return 0;
	}
	if (strcmp(file, "edge") == 0) {
		if (edge < 0)
			return -EINVAL;
		if (line->output && edge)
			return -EIO;
		line->edge = edge;
		return 0;
	}
	if (text[0] != '0' && text[0] != '1')
		return -EINVAL;
	if (!is_value) {
		line->active_low = text[0] == '1';
		return 0;
	}
	if (!line->output)
		return -EPERM;
	if (line->broken)
		return -EIO;
	drive(line, number, true, (text[0] == '1') ^ line->active_low);
	return 0;
}
