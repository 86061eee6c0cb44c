/* The parts of fake-sysfs: lines (lines.c), paths (paths.c), the file system (main.c), the test's hand (control.c). */
#pragma once
#define FUSE_USE_VERSION 312
#include <fuse.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#define MOST_CHIPS 4
#define MOST_LINES 64
#define MOST_POLLS 8

struct line {
	bool exported, output, active_low, busy, locked, broken;
	int level; /* of the pin */
	int edge;  /* bit 0 rising, bit 1 falling, of the logical level */
	int slow;
	unsigned generation; /* how often it was exported */
	unsigned events;
	struct fuse_pollhandle *polls[MOST_POLLS];
};

struct chip {
	char label[64];
	int base, count;
	struct line lines[MOST_LINES];
};

/* An open value file: which export of the line it belongs to, and how many events its reader has seen. */
struct opened {
	unsigned generation, seen;
};

extern struct chip chips[MOST_CHIPS];
extern int chip_count;
/* Whether export cannot be opened for writing. */
extern bool forbidden;
/* Held by whoever looks at or changes lines. */
extern pthread_mutex_t lock;

/* The names of the files of a line, and of edges; both end with NULL. */
extern const char *const LINE_FILES[];
extern const char *const EDGES[];

int index_of(const char *const *list, const char *text);
struct line *find_line(int number);

/* These give 0 or an error number below it, as the kernel would. */
int take(struct line *line, int number);
int let_go(struct line *line, int number);
int write_line(struct line *line, int number, const char *file, const char *text);
/* Gives the length of the text, or an error number below 0. */
int read_line(struct line *line, const char *file, struct opened *opened, char *text, size_t size);

/* The pin of an input changes from outside. */
void outside(struct line *line, int level);
/* Woken at the next edge, or when the line goes. */
void remember_poll(struct line *line, struct fuse_pollhandle *handle);

/* The names of the files of a chip, which end with NULL. */
extern const char *const CHIP_FILES[];

/* What a path stands for. */
struct target {
	enum { NOTHING, ROOT, EXPORT, UNEXPORT, CHIP, CHIP_FILE, LINE, LINE_FILE } kind;
	struct chip *chip;
	struct line *line;
	int number;
	const char *file;
};

struct target resolve(const char *path);

/* Reads commands from stdin until it closes: the start of a thread. */
void *obey(void *unused);
