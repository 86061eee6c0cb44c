/* The camera itself; see camera.h. */
#include "camera.h"
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MOST_BUFFERS 32

struct camera camera = {.fd = -1};

static char *memory;
static int busy;
static atomic_bool is_open;
static pthread_t player;

/* Not through the C library's open(), which is ours. */
int open_state(const char *name, int flags)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", getenv("FAKE_CAMERA"), name);
	return syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, 0666);
}

bool is_there(const char *name)
{
	int fd = open_state(name, O_RDONLY);

	return fd >= 0 && syscall(SYS_close, fd) == 0;
}

/* How many pictures it gives before it stalls. */
static unsigned most_pictures(void)
{
	int file = open_state("stalled", O_RDONLY);
	char text[12] = "";

	if (file < 0)
		return UINT_MAX;
	if (read(file, text, sizeof(text) - 1) < 0)
		abort();
	syscall(SYS_close, file);
	return atoi(text);
}

/* Gives the next picture of a recording, the first after the last. */
static size_t next_picture(const char *recording, size_t size, size_t *at, const char **picture)
{
	const char *end = memmem(recording + *at, size - *at, "\xff\xd9\xff\xd8", 4);
	size_t length = end ? (size_t)(end + 2 - recording) - *at : size - *at;

	*picture = recording + *at;
	*at = end ? *at + length : 0;
	return length;
}

/* A picture at each tick, lost if no buffer is empty. */
static void *play(void *nothing)
{
	int file = open_state("pictures.mjpeg", O_RDONLY);
	size_t size = lseek(file, 0, SEEK_END), at = 0;
	const char *picture, *recording = mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0);
	struct v4l2_buffer buffer = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
	struct timespec now;

	for (; is_open && is_there("plugged"); usleep(1000000 / camera.rate)) {
		if (!camera.streaming || buffer.sequence >= most_pictures())
			continue;
		if (read(camera.empty_out, &buffer.index, sizeof(buffer.index)) != sizeof(buffer.index))
			continue;
		buffer.sequence++;
		buffer.length = BUFFER_BYTES;
		buffer.m.offset = buffer.index * BUFFER_BYTES;
		buffer.bytesused = camera.format.sizeimage;
		picture = NULL;
		if (camera.format.pixelformat == V4L2_PIX_FMT_MJPEG)
			buffer.bytesused = next_picture(recording, size, &at, &picture);
		if (buffer.bytesused > BUFFER_BYTES)
			abort();
		if (picture)
			memcpy(memory + buffer.m.offset, picture, buffer.bytesused);
		else
			memset(memory + buffer.m.offset, 64 + buffer.sequence % 128, buffer.bytesused);
		clock_gettime(CLOCK_MONOTONIC, &now);
		buffer.timestamp = (struct timeval){now.tv_sec, now.tv_nsec / 1000};
		buffer.flags = V4L2_BUF_FLAG_MAPPED | V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
		if (write(camera.filled, &buffer, sizeof(buffer)) != sizeof(buffer))
			abort();
	}
	camera.gone = true;
	syscall(SYS_close, camera.filled);
	syscall(SYS_close, file);
	return nothing;
}

static void read_mode(void)
{
	char text[40] = "", code[5] = "";
	struct v4l2_pix_format *format = &camera.format;
	int mode = open_state("mode", O_RDONLY);
	bool known = read(mode, text, sizeof(text) - 1) > 0;

	if (!known || sscanf(text, "%4s %u %u", code, &format->width, &format->height) != 3)
		abort();
	syscall(SYS_close, mode);
	format->pixelformat = v4l2_fourcc(code[0], code[1], code[2], code[3]);
	format->field = V4L2_FIELD_NONE;
	format->colorspace = V4L2_COLORSPACE_SRGB;
	format->sizeimage = format->width * format->height * 2;
	format->bytesperline = format->pixelformat == V4L2_PIX_FMT_MJPEG ? 0 : format->width * 2;
}

int open_camera(int flags)
{
	int filled[2], empty[2];

	if (!is_there("plugged"))
		return fail(ENOENT);
	if (camera.fd >= 0)
		abort();
	read_mode();
	if (memory == NULL) {
		camera.memory = memfd_create("camera", MFD_CLOEXEC);
		if (ftruncate(camera.memory, MOST_BUFFERS * BUFFER_BYTES))
			abort();
		memory = mmap(NULL, MOST_BUFFERS * BUFFER_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, camera.memory, 0);
	}
	if (pipe2(filled, O_CLOEXEC) || pipe2(empty, O_CLOEXEC | O_NONBLOCK))
		abort();
	if (flags & O_NONBLOCK)
		fcntl(filled[0], F_SETFL, O_NONBLOCK);
	camera.fd = filled[0];
	camera.filled = filled[1];
	camera.empty_out = empty[0];
	camera.empty_in = empty[1];
	busy = open_state("busy", O_RDWR | O_CREAT);
	camera.rate = 30;
	camera.buffers = 0;
	camera.streaming = camera.gone = false;
	is_open = true;
	if (pthread_create(&player, NULL, play, NULL))
		abort();
	return camera.fd;
}

void close_camera(void)
{
	is_open = false;
	pthread_join(player, NULL);
	syscall(SYS_close, busy);
	syscall(SYS_close, camera.empty_in);
	syscall(SYS_close, camera.empty_out);
	camera.fd = -1;
}

bool may_have_buffers(void)
{
	bool may = flock(busy, LOCK_EX | LOCK_NB) == 0;

	if (camera.buffers == 0)
		flock(busy, LOCK_UN);
	return may;
}

int take_buffers(unsigned count)
{
	if (flock(busy, LOCK_EX | LOCK_NB))
		return fail(EBUSY);
	if (ftruncate(busy, 0) || dprintf(busy, "%d", getpid()) < 0)
		abort();
	camera.buffers = count < MOST_BUFFERS ? count : MOST_BUFFERS;
	return 0;
}

void give_back_buffers(void)
{
	camera.buffers = 0;
	flock(busy, LOCK_UN);
}
