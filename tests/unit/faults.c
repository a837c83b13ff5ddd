/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/unit/faults.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/kernel/simulated-store.h"

const char *const fault_call_names[FAULT_N]
    = { "unlink", "open", "write", "sync", "rename", "sync of the folder", "kernel's file" };

/* Global, because the wrapped calls have no parameter for it. */
typedef struct
{
  Faults faults;
  gboolean on;
  char folder[256];
  char twin[64]; /* the other file that the kernel changes by the write to the last one */
} Interposed;

static Interposed *interposed;

int __real_open (const char *path, int flags, ...);
int __real_open64 (const char *path, int flags, ...);
ssize_t __real_write (int fd, const void *data, size_t size);
int __real_fsync (int fd);
int __real_rename (const char *from, const char *to);
int __real_renameat2 (int from_dir, const char *from, int to_dir, const char *to, unsigned flags);
int __real_unlink (const char *path);
int __real_fdatasync (int fd);
int __real_ftruncate (int fd, off_t size);
int __real_ftruncate64 (int fd, off_t size);
long __real_syscall (long number, ...);

int __wrap_open (const char *path, int flags, ...);
int __wrap_open64 (const char *path, int flags, ...);
ssize_t __wrap_write (int fd, const void *data, size_t size);
int __wrap_fsync (int fd);
int __wrap_rename (const char *from, const char *to);
int __wrap_renameat2 (int from_dir, const char *from, int to_dir, const char *to, unsigned flags);
int __wrap_unlink (const char *path);
int __wrap_fdatasync (int fd);
int __wrap_ftruncate (int fd, off_t size);
int __wrap_ftruncate64 (int fd, off_t size);
long __wrap_syscall (long number, ...);

Faults *
faults_begin (const char *folder)
{
  if (interposed == NULL)
    interposed = mmap (NULL, sizeof (Interposed), PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  g_assert_true (interposed != MAP_FAILED);

  *interposed = (Interposed){ .on = TRUE };
  g_assert_cmpuint (g_strlcpy (interposed->folder, folder, sizeof interposed->folder), <,
                    sizeof interposed->folder);

  return &interposed->faults;
}

void
faults_end (void)
{
  interposed->on = FALSE;
}

const Faults *
faults_get (void)
{
  return &interposed->faults;
}

static gboolean
is_in_state_folder (const char *path)
{
  const gsize len = interposed != NULL && interposed->on ? strlen (interposed->folder) : 0;

  return len > 0 && strncmp (path, interposed->folder, len) == 0
         && (path[len] == '/' || path[len] == '\0');
}

/* Whether @fd is in the state folder; *@ret_folder: whether it is the folder itself. */
static gboolean
is_open_in_state_folder (int fd, gboolean *ret_folder)
{
  char link[64];
  char path[PATH_MAX];
  ssize_t len;

  if (interposed == NULL || !interposed->on)
    return FALSE;

  g_snprintf (link, sizeof link, "/proc/self/fd/%d", fd);
  len = readlink (link, path, sizeof path - 1);
  if (len < 0)
    return FALSE;

  path[len] = '\0';
  *ret_folder = g_str_equal (path, interposed->folder);
  return is_in_state_folder (path);
}

/* The number of calls so far that count for the fault, with this one; 0: this one does not count.
 */
static guint
count_calls_of_action (const Faults *faults, FaultCall call)
{
  if (faults->action == FAULT_TEAR)
    return call == FAULT_WRITE ? faults->of[call] : 0;
  if (faults->action == FAULT_REFUSE)
    return call == FAULT_KERNEL ? faults->of[call] : 0;

  return faults->calls;
}

/* Counts a call. Returns: whether the fault happens at it. */
static gboolean
is_due (FaultCall call, const char *path)
{
  Faults *faults = &interposed->faults;
  const gboolean same_side = (call == FAULT_KERNEL) == (faults->where == FAULT_KERNEL);

  faults->calls++;
  faults->of[call]++;
  if (faults->action == FAULT_NONE)
    return FALSE;
  if (faults->happened)
    return faults->lasting && same_side;
  if (faults->at != count_calls_of_action (faults, call))
    return FALSE;

  faults->happened = TRUE;
  faults->where = call;
  g_strlcpy (faults->path, path, sizeof faults->path);
  return TRUE;
}

/* The link to the device of a kernel's file. NULL: the file has no device that can be removed. */
static char *
find_device_link (const char *path, char *ret_key, gsize size)
{
  g_auto (GStrv) parts = g_strsplit (path, "/", 5);
  const guint n = g_strv_length (parts);

  if (n >= 4 && g_str_has_prefix (path, "sys/block/"))
    {
      g_snprintf (ret_key, size, "block/%s/", parts[2]);
      return g_strdup_printf ("sys/block/%s", parts[2]);
    }
  if (n == 3 && g_str_equal (parts[0], "ethtool"))
    {
      g_snprintf (ret_key, size, "net/%s/", parts[1]);
      return g_strdup_printf ("sys/class/net/%s", parts[1]);
    }

  return NULL;
}

/* Removes the device: moves its link out of the tree. Returns: the errno of the write. */
static int
remove_device (Faults *faults, const char *path)
{
  g_autofree char *device = find_device_link (path, faults->device, sizeof faults->device);
  g_autofree char *link = NULL;
  g_autofree char *away = NULL;

  if (device == NULL)
    return EIO;

  link = g_build_filename (faults->root, device, NULL);
  away = g_strconcat (faults->root, ".left", NULL);
  return __real_rename (link, away) == 0 ? ENODEV : errno;
}

/* Carries out the fault. Returns: the errno of the call. */
static int
cause_fault (const char *path)
{
  Faults *faults = &interposed->faults;

  if (faults->action == FAULT_DIE || faults->action == FAULT_TEAR)
    kill (getpid (), SIGKILL);

  return faults->action == FAULT_REMOVE_DEVICE && faults->where == FAULT_KERNEL
             ? remove_device (faults, path)
             : faults->errnum;
}

/* FALSE: the call must fail; errno is set. */
static gboolean
may_proceed (FaultCall call, const char *path)
{
  if (!is_due (call, path))
    return TRUE;

  errno = cause_fault (path);
  return FALSE;
}

int
__wrap_open64 (const char *path, int flags, ...)
{
  mode_t mode = 0;

  if ((flags & O_CREAT) != 0)
    {
      va_list arguments;

      va_start (arguments, flags);
      mode = va_arg (arguments, mode_t);
      va_end (arguments);
    }

  if (!is_in_state_folder (path))
    return __real_open64 (path, flags, mode);
  if ((flags & (O_CREAT | O_APPEND)) != 0 && !may_proceed (FAULT_OPEN, path))
    return -1;

  return __real_open64 (path, flags, mode);
}

/* The agent calls either open() or open64(): with a 64-bit off_t, they are the same. */
int
__wrap_open (const char *path, int flags, ...)
{
  mode_t mode = 0;

  if ((flags & O_CREAT) != 0)
    {
      va_list arguments;

      va_start (arguments, flags);
      mode = va_arg (arguments, mode_t);
      va_end (arguments);
    }

  return __wrap_open64 (path, flags, mode);
}

ssize_t
__wrap_write (int fd, const void *data, size_t size)
{
  gboolean folder;

  if (!is_open_in_state_folder (fd, &folder))
    return __real_write (fd, data, size);
  if (!is_due (FAULT_WRITE, interposed->folder))
    return __real_write (fd, data, size);

  if (interposed->faults.action == FAULT_TEAR)
    g_assert_cmpint (__real_write (fd, data, size / 2), >=, 0);

  errno = cause_fault (interposed->folder);
  return -1;
}

static gboolean
may_sync (int fd)
{
  gboolean folder;

  return !is_open_in_state_folder (fd, &folder)
         || may_proceed (folder ? FAULT_SYNC_FOLDER : FAULT_SYNC, interposed->folder);
}

int
__wrap_fsync (int fd)
{
  return may_sync (fd) ? __real_fsync (fd) : -1;
}

int
__wrap_fdatasync (int fd)
{
  return may_sync (fd) ? __real_fdatasync (fd) : -1;
}

/* Undoes a failed write. Itself it fails only if all calls fail. */
int
__wrap_ftruncate64 (int fd, off_t size)
{
  gboolean folder;

  return !is_open_in_state_folder (fd, &folder) || may_proceed (FAULT_WRITE, interposed->folder)
             ? __real_ftruncate64 (fd, size)
             : -1;
}

int
__wrap_ftruncate (int fd, off_t size)
{
  return __wrap_ftruncate64 (fd, size);
}

int
__wrap_rename (const char *from, const char *to)
{
  return !is_in_state_folder (to) || may_proceed (FAULT_RENAME, to) ? __real_rename (from, to) : -1;
}

int
__wrap_renameat2 (int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
  return !is_in_state_folder (to) || may_proceed (FAULT_RENAME, to)
             ? __real_renameat2 (from_dir, from, to_dir, to, flags)
             : -1;
}

int
__wrap_unlink (const char *path)
{
  return !is_in_state_folder (path) || may_proceed (FAULT_UNLINK, path) ? __real_unlink (path) : -1;
}

/* Whether the call is a write to the kernel: in a plain tree, it truncates the file. */
static gboolean
is_kernel_write (long number, const char *path, const struct open_how *how)
{
  g_autofree char *twin = NULL;

  if (interposed == NULL || !interposed->on || number != __NR_openat2
      || (how->flags & O_TRUNC) == 0)
    return FALSE;
  if (g_str_equal (path, interposed->twin))
    {
      interposed->twin[0] = '\0';
      return FALSE;
    }

  twin = vt_simulated_find_zeroed (path);
  g_strlcpy (interposed->twin, twin != NULL ? twin : "", sizeof interposed->twin);
  return TRUE;
}

/* The C library has no function for openat2(2). */
long
__wrap_syscall (long number, ...)
{
  long a[4];
  va_list arguments;

  va_start (arguments, number);
  for (guint i = 0; i < G_N_ELEMENTS (a); i++)
    a[i] = va_arg (arguments, long);
  va_end (arguments);

  if (is_kernel_write (number, (const char *) a[1], (const struct open_how *) a[2])
      && !may_proceed (FAULT_KERNEL, (const char *) a[1]))
    {
      interposed->twin[0] = '\0';
      return -1;
    }

  return __real_syscall (number, a[0], a[1], a[2], a[3]);
}
