/*
 * In place of the C library's calls: those about the camera go to it, all others on to the kernel. A program
 * calls open64(), __open_2() or mmap64() according to how it was compiled. See camera.h.
 */
#include "camera.h"
#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static int open_path(const char *path, int flags, mode_t mode)
{
	if (strcmp(path, DEVICE) == 0)
		return open_camera(flags);
	return syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

/* The mode is there only with O_CREAT or O_TMPFILE, and of no meaning without. */
int open(const char *path, int flags, ...)
{
	va_list rest;

	va_start(rest, flags);
	mode_t mode = va_arg(rest, mode_t);
	va_end(rest);
	return open_path(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
	va_list rest;

	va_start(rest, flags);
	mode_t mode = va_arg(rest, mode_t);
	va_end(rest);
	return open_path(path, flags, mode);
}

int __open_2(const char *path, int flags)
{
	return open_path(path, flags, 0);
}

int __open64_2(const char *path, int flags)
{
	return open_path(path, flags, 0);
}

/* v4l2-ctl reads in /sys whether a device is a camera. */
FILE *fopen64(const char *path, const char *mode)
{
	FILE *(*real)(const char *, const char *) = dlsym(RTLD_NEXT, "fopen64");

	return strcmp(path, UEVENT) == 0 ? fdopen(open_state("uevent", O_RDONLY), mode) : real(path, mode);
}

int stat(const char *path, struct stat *status)
{
	if (strcmp(path, DEVICE) != 0)
		return fstatat(AT_FDCWD, path, status, 0);
	if (!is_there("plugged"))
		return fail(ENOENT);
	memset(status, 0, sizeof(*status));
	status->st_mode = S_IFCHR | 0660;
	status->st_rdev = makedev(MAJOR, MINOR);
	return 0;
}

/* What programs from before version 2.33 of the C library call, as fswebcam of Debian 12. */
int __xstat(int version, const char *path, struct stat *status)
{
	(void)version;
	return stat(path, status);
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list rest;

	va_start(rest, request);
	void *argument = va_arg(rest, void *);
	va_end(rest);
	return is_camera(fd) ? answer(request, argument) : syscall(SYS_ioctl, fd, request, argument);
}

void *mmap64(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
	if (is_camera(fd))
		fd = camera.memory;
	return (void *)syscall(SYS_mmap, address, length, protection, flags, fd, offset);
}

void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
	return mmap64(address, length, protection, flags, fd, offset);
}

int close(int fd)
{
	if (is_camera(fd))
		close_camera();
	return syscall(SYS_close, fd);
}
