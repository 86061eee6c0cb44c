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
#include "fake-sysfs.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIZE 4096

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
	const char *const *names = target.kind == CHIP ? CHIP_FILES : LINE_FILES;
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
		length = read_line(target.line, target.file, opened, text, sizeof(text));
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
		result = write_line(target.line, target.number, target.file, text);
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
