/*
 * A file system in user space that is /sys/class/gpio: chips, export and unexport, and for each exported line
 * direction, value, edge and active_low, with POLLPRI on edges as the kernel gives it (gpiolib-sysfs.c).
 *
 *   fake-sysfs LABEL:BASE:LINES...     run by root of a mount namespace of its own
 *
 * It mounts itself over /sys/class/gpio and ends when its stdin closes. A line of stdin is a command, answered
 * by one line of stdout, "ok" or "= ..." or "no ...":
 *
 *   level N 0|1        the outside drives the pin of line N
 *   show N             = exported|free in|out LEVEL active_low EDGE
 *   export N           somebody else exports line N
 *   unexport N         somebody else takes it away
 *   busy N 0|1         the kernel itself uses it: it cannot be exported
 *   locked N 0|1       its direction, edge and active_low cannot be written
 *   slow N COUNT       its files cannot be opened the next COUNT times: udev has not set their group yet
 *   broken N 0|1       reading and writing its value fails
 *   forbidden 0|1      export cannot be opened for writing
 *   sync               nothing; the answer comes after all that was said before
 *
 * What happens to lines stands on stdout too: "MILLISECONDS export|unexport N", and "MILLISECONDS pin N
 * in|LEVEL" whenever what a program shows the outside at a pin changes.
 */
#define FUSE_USE_VERSION 312
#include <errno.h>
#include <fuse.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MOST_CHIPS 4
#define MOST_LINES 64
#define MOST_POLLS 8
#define SIZE 4096

static const char *const FILES[] = {"direction", "value", "edge", "active_low", NULL};
static const char *const CHIP_FILES[] = {"label", "base", "ngpio", NULL};
static const char *const EDGES[] = {"none", "rising", "falling", "both", NULL};

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

static struct chip chips[MOST_CHIPS];
static int chip_count;
static bool forbidden;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void say(const char *what, int number, const char *value)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	printf("%.3f %s %d%s\n", now.tv_sec * 1e3 + now.tv_nsec / 1e6, what, number, value);
}

static struct line *find_line(int number)
{
	for (int i = 0; i < chip_count; i++)
		if (number >= chips[i].base && number < chips[i].base + chips[i].count)
			return &chips[i].lines[number - chips[i].base];
	return NULL;
}

static int index_of(const char *const *list, const char *text)
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

static void remember_poll(struct line *line, struct fuse_pollhandle *handle)
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

/* The pin of an input changes from outside. */
static void outside(struct line *line, int level)
{
	if (line->output || line->level == level)
		return;
	line->level = level;
	if (line->exported && line->edge & ((level ^ line->active_low) ? 1 : 2))
		notify(line);
}

static int take(struct line *line, int number)
{
	if (line->busy || line->exported)
		return -EBUSY;
	line->exported = true;
	line->generation++;
	say("export", number, "");
	return 0;
}

/* As the kernel does it: the pin stays as it is driven (pinctrl_bcm2835.persist_gpio_outputs=Y). */
static int let_go(struct line *line, int number)
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

/* What a path stands for. */
struct target {
	enum { NOTHING, ROOT, EXPORT, UNEXPORT, CHIP, CHIP_FILE, LINE, LINE_FILE } kind;
	struct chip *chip;
	struct line *line;
	int number;
	const char *file;
};

static struct target resolve(const char *path)
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
		int found = parts > 1 ? index_of(FILES, file) : 0;
		if (line && line->exported && found >= 0)
			target = (struct target){parts > 1 ? LINE_FILE : LINE, NULL, line, number, FILES[found]};
	}
	return target;
}

static int get_attributes(const char *path, struct stat *st, struct fuse_file_info *fi)
{
	struct target target;

	(void)fi;
	pthread_mutex_lock(&lock);
	target = resolve(path);
	pthread_mutex_unlock(&lock);
	memset(st, 0, sizeof(*st));
	st->st_nlink = 1;
	st->st_size = SIZE;
	switch (target.kind) {
	case NOTHING:
		return -ENOENT;
	case ROOT:
	case CHIP:
	case LINE:
		st->st_mode = S_IFDIR | 0755;
		st->st_nlink = 2;
		return 0;
	case EXPORT:
	case UNEXPORT:
		st->st_mode = S_IFREG | 0200;
		return 0;
	case CHIP_FILE:
		st->st_mode = S_IFREG | 0444;
		return 0;
	case LINE_FILE:
		st->st_mode = S_IFREG | 0644;
		return 0;
	}
	return -ENOENT;
}

static int read_folder(const char *path, void *buffer, fuse_fill_dir_t fill, off_t offset,
		       struct fuse_file_info *fi, enum fuse_readdir_flags flags)
{
	struct target target = resolve(path);
	const char *const *names = target.kind == CHIP ? CHIP_FILES : FILES;
	char name[32];

	(void)offset, (void)fi, (void)flags;
	fill(buffer, ".", NULL, 0, 0);
	fill(buffer, "..", NULL, 0, 0);
	for (int i = 0; target.kind != ROOT && names[i]; i++)
		fill(buffer, names[i], NULL, 0, 0);
	if (target.kind != ROOT)
		return 0;
	fill(buffer, "export", NULL, 0, 0);
	fill(buffer, "unexport", NULL, 0, 0);
	pthread_mutex_lock(&lock);
	for (int i = 0; i < chip_count; i++) {
		snprintf(name, sizeof(name), "gpiochip%d", chips[i].base);
		fill(buffer, name, NULL, 0, 0);
		for (int j = 0; j < chips[i].count; j++) {
			snprintf(name, sizeof(name), "gpio%d", chips[i].base + j);
			if (chips[i].lines[j].exported)
				fill(buffer, name, NULL, 0, 0);
		}
	}
	pthread_mutex_unlock(&lock);
	return 0;
}

static int open_target(const struct target *target, struct fuse_file_info *fi)
{
	struct opened *opened;

	if (target->kind == NOTHING)
		return -ENOENT;
	if (target->kind == EXPORT && forbidden)
		return -EACCES;
	if (target->kind != LINE_FILE)
		return 0;
	if (target->line->slow > 0) {
		target->line->slow--;
		return -EACCES;
	}
	opened = calloc(1, sizeof(*opened));
	if (!opened)
		return -ENOMEM;
	opened->generation = target->line->generation;
	fi->fh = (uintptr_t)opened;
	return 0;
}

static int open_file(const char *path, struct fuse_file_info *fi)
{
	struct target target;
	int result;

	/* Each read and write is to come here: nothing is kept between. */
	fi->direct_io = 1;
	pthread_mutex_lock(&lock);
	target = resolve(path);
	result = open_target(&target, fi);
	pthread_mutex_unlock(&lock);
	return result;
}

static int close_file(const char *path, struct fuse_file_info *fi)
{
	(void)path;
	free((void *)(uintptr_t)fi->fh);
	return 0;
}

static int read_line(const struct target *target, struct opened *opened, char *text, size_t size)
{
	struct line *line = target->line;

	if (strcmp(target->file, "direction") == 0)
		return snprintf(text, size, "%s\n", line->output ? "out" : "in");
	if (strcmp(target->file, "edge") == 0)
		return snprintf(text, size, "%s\n", EDGES[line->edge]);
	if (strcmp(target->file, "active_low") == 0)
		return snprintf(text, size, "%d\n", line->active_low);
	if (line->broken)
		return -EIO;
	opened->seen = line->events;
	return snprintf(text, size, "%d\n", line->level ^ line->active_low);
}

static int read_file(const char *path, char *buffer, size_t size, off_t offset, struct fuse_file_info *fi)
{
	struct target target;
	struct opened *opened = (void *)(uintptr_t)fi->fh;
	char text[80] = "";
	int length;

	pthread_mutex_lock(&lock);
	target = resolve(path);
	if (target.kind == CHIP_FILE && strcmp(target.file, "label") == 0)
		length = snprintf(text, sizeof(text), "%s\n", target.chip->label);
	else if (target.kind == CHIP_FILE)
		length = snprintf(text, sizeof(text), "%d\n",
				  strcmp(target.file, "base") == 0 ? target.chip->base : target.chip->count);
	else if (target.kind == LINE_FILE && opened->generation == target.line->generation)
		length = read_line(&target, opened, text, sizeof(text));
	else
		length = -ENODEV;
	pthread_mutex_unlock(&lock);
	if (length < 0)
		return length;
	if (offset >= length)
		return 0;
	if (size > (size_t)(length - offset))
		size = length - offset;
	memcpy(buffer, text + offset, size);
	return size;
}

/* An output cannot have edges, nor a line with edges become an output (gpiochip_lock_as_irq). */
static int write_line(const struct target *target, const char *text)
{
	struct line *line = target->line;
	bool is_value = strcmp(target->file, "value") == 0;
	int edge = index_of(EDGES, text);

	if (line->locked && !is_value)
		return -EPERM;
	if (strcmp(target->file, "direction") == 0) {
		bool output = strcmp(text, "in") != 0;
		/* "high" and "low" are levels of the pin, whatever active_low says. */
		bool high = strcmp(text, "high") == 0;
		if (output && !high && strcmp(text, "low") != 0 && strcmp(text, "out") != 0)
			return -EINVAL;
		if (output && line->edge)
			return -EIO;
		drive(line, target->number, output, output ? high : line->level);
		return 0;
	}
	if (strcmp(target->file, "edge") == 0) {
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
	drive(line, target->number, true, (text[0] == '1') ^ line->active_low);
	return 0;
}

static int write_file(const char *path, const char *buffer, size_t size, off_t offset,
		      struct fuse_file_info *fi)
{
	struct target target;
	struct opened *opened = (void *)(uintptr_t)fi->fh;
	struct line *line;
	char text[32] = "";
	int result = -ENODEV;

	(void)offset;
	memcpy(text, buffer, size < sizeof(text) ? size : sizeof(text) - 1);
	text[strcspn(text, "\n")] = '\0';
	pthread_mutex_lock(&lock);
	target = resolve(path);
	if (target.kind == EXPORT || target.kind == UNEXPORT) {
		line = find_line(atoi(text));
		if (!line)
			result = -EINVAL;
		else
			result = target.kind == EXPORT ? take(line, atoi(text)) : let_go(line, atoi(text));
	} else if (target.kind == LINE_FILE && opened->generation == target.line->generation)
		result = write_line(&target, text);
	pthread_mutex_unlock(&lock);
	return result < 0 ? result : (int)size;
}

static int truncate_file(const char *path, off_t size, struct fuse_file_info *fi)
{
	(void)path, (void)size, (void)fi;
	return 0;
}

/* As kernfs: POLLPRI from an edge until the value is read. */
static int poll_file(const char *path, struct fuse_file_info *fi, struct fuse_pollhandle *handle,
		     unsigned *events)
{
	struct target target;
	struct opened *opened = (void *)(uintptr_t)fi->fh;
	bool there;

	pthread_mutex_lock(&lock);
	target = resolve(path);
	there = target.kind == LINE_FILE && opened->generation == target.line->generation;
	*events = POLLIN | POLLOUT;
	if (!there || opened->seen != target.line->events)
		*events |= POLLPRI | POLLERR;
	if (handle && there)
		remember_poll(target.line, handle);
	else if (handle)
		fuse_pollhandle_destroy(handle);
	pthread_mutex_unlock(&lock);
	return 0;
}

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

static void *obey(void *unused)
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

static void *started(struct fuse_conn_info *connection, struct fuse_config *config)
{
	pthread_t thread;

	(void)connection;
	/* Lines come and go: nothing is remembered. */
	config->entry_timeout = 0;
	config->attr_timeout = 0;
	config->negative_timeout = 0;
	config->hard_remove = 1;
	config->nullpath_ok = 0;
	puts("mounted");
	if (pthread_create(&thread, NULL, obey, NULL))
		_exit(1);
	return NULL;
}

static const struct fuse_operations OPERATIONS = {
	.getattr = get_attributes,
	.truncate = truncate_file,
	.open = open_file,
	.read = read_file,
	.write = write_file,
	.release = close_file,
	.readdir = read_folder,
	.init = started,
	.poll = poll_file,
};

/* A kernel without GPIO has no /sys/class/gpio, and nobody can make folders in sysfs. */
static int make_mount_point(void)
{
	struct stat st;

	if (stat("/sys/class/gpio", &st) == 0)
		return 0;
	if (mount("none", "/sys/class", "tmpfs", 0, "mode=755")) {
		perror("fake-sysfs: a tmpfs over /sys/class");
		return -1;
	}
	return mkdir("/sys/class/gpio", 0755);
}

int main(int argc, char **argv)
{
	struct fuse_args args = FUSE_ARGS_INIT(1, argv);
	struct fuse *fuse;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 1; i < argc && chip_count < MOST_CHIPS; i++) {
		struct chip *chip = &chips[chip_count++];
		if (sscanf(argv[i], "%63[^:]:%d:%d", chip->label, &chip->base, &chip->count) != 3 ||
		    chip->count > MOST_LINES) {
			fprintf(stderr, "fake-sysfs: not a chip: %s\n", argv[i]);
			return 2;
		}
	}
	if (make_mount_point())
		return 1;
	fuse = fuse_new(&args, &OPERATIONS, sizeof(OPERATIONS), NULL);
	if (!fuse || fuse_mount(fuse, "/sys/class/gpio"))
		return 1;
	return fuse_loop(fuse);
}
