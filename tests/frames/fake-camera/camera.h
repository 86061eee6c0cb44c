/*
 * Plays the kernel to camera programs (LD_PRELOAD), as there is no camera: a USB camera at /dev/video42 that has
 * one format and size, gives pictures at the rate it is asked for, and lends its buffers to one program at a time.
 *
 *   camera.c    the camera
 *   requests.c  what VIDIOC_... requests do
 *   calls.c     in place of the C library's calls
 *
 * FAKE_CAMERA names a folder:
 *   plugged         while it is there, so is the camera
 *   stalled         while it is there, a program that opens the camera gets so many pictures, then none
 *   mode            "MJPG 64 48" or "YUYV 64 48"
 *   pictures.mjpeg  JPEG pictures one after the other, given again and again (MJPG)
 *   uevent          what /sys tells of the camera
 *   busy            locked by the program that has the buffers, with its process id
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#define DEVICE "/dev/video42"
#define MAJOR 81
#define MINOR 42
#define UEVENT "/sys/dev/char/81:42/uevent"
#define BUFFER_BYTES (1 << 18)

struct camera {
	/* Filled buffers come through this pipe, so select() and poll() wait for it as for a camera. */
	int fd, filled;
	/* Empty buffers go the other way. */
	int empty_in, empty_out;
	/* The buffers' memory. */
	int memory;
	/* How many buffers the program has. */
	unsigned buffers;
	struct v4l2_pix_format format;
	atomic_uint rate;
	atomic_bool streaming, gone;
};
extern struct camera camera;

static inline int fail(int error)
{
	errno = error;
	return -1;
}

static inline bool is_camera(int fd)
{
	return fd >= 0 && fd == camera.fd;
}

int open_state(const char *name, int flags);
bool is_there(const char *name);

int open_camera(int flags);
void close_camera(void);
/* Whether no other program has the buffers. */
bool may_have_buffers(void);
int take_buffers(unsigned count);
void give_back_buffers(void);

int answer(unsigned request, void *argument);
