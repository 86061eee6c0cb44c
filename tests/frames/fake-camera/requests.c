/* What requests to the camera do, as the kernel's documentation of V4L2 has it; see camera.h. */
#include "camera.h"
#include <unistd.h>

static const unsigned RATES[] = {5, 10, 20, 30};
#define RATE_COUNT (sizeof(RATES) / sizeof(*RATES))

static int query_capabilities(struct v4l2_capability *capability)
{
	strcpy((char *)capability->driver, "uvcvideo");
	strcpy((char *)capability->card, "Camera of the tests");
	strcpy((char *)capability->bus_info, "usb-0000:00:14.0-1");
	capability->version = 6 << 16;
	capability->device_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING | V4L2_CAP_EXT_PIX_FORMAT;
	capability->capabilities = capability->device_caps | V4L2_CAP_DEVICE_CAPS;
	return 0;
}

static int name_input(struct v4l2_input *input)
{
	if (input->index > 0)
		return fail(EINVAL);
	strcpy((char *)input->name, "Camera 1");
	input->type = V4L2_INPUT_TYPE_CAMERA;
	return 0;
}

static int name_format(struct v4l2_fmtdesc *format)
{
	bool compressed = camera.format.pixelformat == V4L2_PIX_FMT_MJPEG;

	if (format->index > 0 || format->type != V4L2_BUF_TYPE_VIDEO_CAPTURE)
		return fail(EINVAL);
	format->pixelformat = camera.format.pixelformat;
	format->flags = compressed ? V4L2_FMT_FLAG_COMPRESSED : 0;
	strcpy((char *)format->description, compressed ? "Motion-JPEG" : "YUYV 4:2:2");
	return 0;
}

static int name_size(struct v4l2_frmsizeenum *size)
{
	if (size->index > 0 || size->pixel_format != camera.format.pixelformat)
		return fail(EINVAL);
	size->type = V4L2_FRMSIZE_TYPE_DISCRETE;
	size->discrete.width = camera.format.width;
	size->discrete.height = camera.format.height;
	return 0;
}

static int name_interval(struct v4l2_frmivalenum *interval)
{
	if (interval->index >= RATE_COUNT || interval->pixel_format != camera.format.pixelformat)
		return fail(EINVAL);
	interval->type = V4L2_FRMIVAL_TYPE_DISCRETE;
	interval->discrete = (struct v4l2_fract){1, RATES[interval->index]};
	return 0;
}

/* Whatever it is asked for, it gives what it has and says so. */
static int format(struct v4l2_format *format, bool set)
{
	if (format->type != V4L2_BUF_TYPE_VIDEO_CAPTURE)
		return fail(EINVAL);
	if (set && (camera.buffers > 0 || !may_have_buffers()))
		return fail(EBUSY);
	format->fmt.pix = camera.format;
	return 0;
}

/* The slowest rate that is fast enough, or the fastest. */
static int rate(struct v4l2_streamparm *parm, bool set)
{
	struct v4l2_fract *frame = &parm->parm.capture.timeperframe;
	unsigned i = 0;

	if (parm->type != V4L2_BUF_TYPE_VIDEO_CAPTURE)
		return fail(EINVAL);
	if (set) {
		while (i < RATE_COUNT - 1 && RATES[i] * frame->numerator < frame->denominator)
			i++;
		camera.rate = RATES[i];
	}
	parm->parm.capture.capability = V4L2_CAP_TIMEPERFRAME;
	*frame = (struct v4l2_fract){1, camera.rate};
	return 0;
}

static int request_buffers(struct v4l2_requestbuffers *request)
{
	if (request->memory != V4L2_MEMORY_MMAP)
		return fail(EINVAL);
	request->capabilities = V4L2_BUF_CAP_SUPPORTS_MMAP;
	if (request->count == 0) {
		give_back_buffers();
		return 0;
	}
	if (take_buffers(request->count))
		return -1;
	request->count = camera.buffers;
	return 0;
}

static int query_buffer(struct v4l2_buffer *buffer)
{
	if (buffer->index >= camera.buffers)
		return fail(EINVAL);
	buffer->memory = V4L2_MEMORY_MMAP;
	buffer->length = BUFFER_BYTES;
	buffer->m.offset = buffer->index * BUFFER_BYTES;
	return 0;
}

static int queue_buffer(const struct v4l2_buffer *buffer)
{
	if (buffer->index >= camera.buffers || buffer->memory != V4L2_MEMORY_MMAP)
		return fail(EINVAL);
	return write(camera.empty_in, &buffer->index, sizeof(buffer->index)) < 0 ? -1 : 0;
}

/* Waits for as long as no picture comes, unless the program opened the camera to not wait. */
static int take_picture(struct v4l2_buffer *buffer)
{
	ssize_t length;

	if (!camera.streaming)
		return fail(EINVAL);
	length = read(camera.fd, buffer, sizeof(*buffer));
	if (length == 0)
		return fail(ENODEV);
	return length < 0 ? -1 : 0;
}

int answer(unsigned request, void *argument)
{
	if (camera.gone)
		return fail(ENODEV);
	switch (request) {
	case VIDIOC_QUERYCAP:
		return query_capabilities(argument);
	case VIDIOC_ENUMINPUT:
		return name_input(argument);
	case VIDIOC_G_INPUT:
		*(int *)argument = 0;
		return 0;
	case VIDIOC_S_INPUT:
		return *(int *)argument == 0 ? 0 : fail(EINVAL);
	case VIDIOC_QUERYCTRL:
		return fail(EINVAL);
	case VIDIOC_ENUM_FMT:
		return name_format(argument);
	case VIDIOC_ENUM_FRAMESIZES:
		return name_size(argument);
	case VIDIOC_ENUM_FRAMEINTERVALS:
		return name_interval(argument);
	case VIDIOC_G_FMT:
	case VIDIOC_TRY_FMT:
	case VIDIOC_S_FMT:
		return format(argument, request == VIDIOC_S_FMT);
	case VIDIOC_G_PARM:
	case VIDIOC_S_PARM:
		return rate(argument, request == VIDIOC_S_PARM);
	case VIDIOC_REQBUFS:
		return request_buffers(argument);
	case VIDIOC_QUERYBUF:
		return query_buffer(argument);
	case VIDIOC_QBUF:
		return queue_buffer(argument);
	case VIDIOC_DQBUF:
		return take_picture(argument);
	case VIDIOC_STREAMON:
	case VIDIOC_STREAMOFF:
		camera.streaming = request == VIDIOC_STREAMON;
		return 0;
	}
	return fail(ENOTTY);
}
