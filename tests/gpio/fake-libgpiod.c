/*
 * Stands before libgpiod 1.6 in the real gpiodetect, gpioset and gpiomon (LD_PRELOAD), as there is no chip.
 * It has one chip, gpiochip0 [pinctrl-bcm2711] of 58 lines, and behaves as the kernel does: a line has one
 * owner, is busy for others until that is gone, and keeps its level when it is let go.
 *
 * FAKE_GPIO names a folder:
 *   log       what happens to lines: "set LINE LEVEL BIAS", "watch LINE", LEVEL being that of the pin
 *   line-N    locked by the owner of line N, with its process id
 *   pin-N     a FIFO: "0" or "1" is a new level of pin N
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LINES 58
/* From gpiod.h of version 1.6, whose structures of the same name have these fields. */
enum { RISING = 1, FALLING = 2, BOTH = 3 };
enum { ON_RISING = 2, ON_FALLING = 3 };
enum { POLL_STOP = -2 };
enum { BIAS_PULL_DOWN = 1 << 3, BIAS_PULL_UP = 1 << 4 };

struct poll_fd {
	int fd;
	bool event;
};

static const char *path_of(const char *kind, int line)
{
	static char path[512];

	snprintf(path, sizeof(path), line < 0 ? "%s/%s" : "%s/%s-%d", getenv("FAKE_GPIO"), kind, line);
	return path;
}

static void note(const char *what, int line, const char *rest)
{
	char text[80];
	int length = snprintf(text, sizeof(text), "%s %d%s\n", what, line, rest);
	int fd = open(path_of("log", -1), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);

	if (fd < 0 || write(fd, text, length) != length)
		abort();
	close(fd);
}

/* Gives what libgpiod's programs take for a failure, or the owner's descriptor. */
static int take(const char *device, int line)
{
	int fd;

	if (strcmp(device, "gpiochip0") != 0) {
		errno = ENOENT;
		return -1;
	}
	if (line >= LINES) {
		errno = EINVAL;
		return -1;
	}
	fd = open(path_of("line", line), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB)) {
		close(fd);
		errno = EBUSY;
		return -1;
	}
	if (fd >= 0 && (ftruncate(fd, 0) || dprintf(fd, "%d\n", getpid()) < 0))
		abort();
	return fd;
}

int gpiod_ctxless_set_value_multiple_ext(const char *device, const unsigned *lines, const int *values,
					 unsigned count, bool active_low, const char *consumer,
					 void (*callback)(void *), void *data, int flags)
{
	int fd = take(device, lines[0]);
	const char *bias = flags & BIAS_PULL_UP ? "pull-up" : flags & BIAS_PULL_DOWN ? "pull-down" : "";
	char rest[40];

	(void)consumer;
	if (fd < 0 || count != 1)
		return -1;
	snprintf(rest, sizeof(rest), " %d %s", values[0] ^ active_low, bias);
	note("set", lines[0], rest);
	if (callback)
		callback(data);
	close(fd);
	return 0;
}

int gpiod_ctxless_event_monitor_multiple_ext(const char *device, int wanted, const unsigned *lines,
					     unsigned count, bool active_low, const char *consumer,
					     const struct timespec *timeout,
					     int (*poll_callback)(unsigned, struct poll_fd *,
								  const struct timespec *, void *),
					     int (*event_callback)(int, unsigned, const struct timespec *,
								   void *),
					     void *data, int flags)
{
	int owner = take(device, lines[0]);
	struct poll_fd pin = {-1, false};
	struct timespec now;
	char level, before = active_low ? '1' : '0';

	(void)consumer, (void)flags;
	if (owner < 0 || count != 1)
		return -1;
	mkfifo(path_of("pin", lines[0]), 0666);
	pin.fd = open(path_of("pin", lines[0]), O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (pin.fd < 0)
		return -1;
	note("watch", lines[0], "");
	for (;;) {
		pin.event = false;
		int ready = poll_callback(1, &pin, timeout, data);
		if (ready < 0)
			return ready == POLL_STOP ? 0 : -1;
		while (pin.event && read(pin.fd, &level, 1) == 1) {
			bool rising = (level == '1') ^ active_low;
			if (level == before || (level != '0' && level != '1'))
				continue;
			before = level;
			if (wanted != BOTH && (wanted == RISING) != rising)
				continue;
			clock_gettime(CLOCK_MONOTONIC, &now);
			if (event_callback(rising ? ON_RISING : ON_FALLING, lines[0], &now, data))
				return 0;
		}
	}
}

/* One chip: the pointers only have to be some. */
void *gpiod_chip_iter_new(void)
{
	return calloc(1, 1);
}

void *gpiod_chip_iter_next(char *iterator)
{
	return (*iterator)++ == 0 ? iterator : NULL;
}

void gpiod_chip_iter_free(void *iterator)
{
	free(iterator);
}

const char *gpiod_chip_name(void *chip)
{
	(void)chip;
	return "gpiochip0";
}

const char *gpiod_chip_label(void *chip)
{
	(void)chip;
	return "pinctrl-bcm2711";
}

unsigned gpiod_chip_num_lines(void *chip)
{
	(void)chip;
	return LINES;
}
