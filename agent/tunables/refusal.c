/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/tunables/refusal.h"

#include <errno.h>

#include "protocol/error.h"

static const VtRefusalReason common[] = {
  { EACCES, "permission is denied to the agent here" },
  { EBUSY, "the device is in use or is changing" },
  { EINVAL, "the kernel does not take this value now" },
  { EOPNOTSUPP, "the driver does not support this change" },
  { EPERM, "the kernel, a security module or the agent's sandbox forbids it" },
  { EROFS, "the file system is mounted read-only here" },
  { 0, NULL },
};

static const char *
find (const VtRefusalReason *reasons, int errsv)
{
  for (guint i = 0; reasons != NULL && reasons[i].errsv != 0; i++)
    {
      if (reasons[i].errsv == errsv)
        return reasons[i].reason;
    }

  return NULL;
}

const char *
vt_refusal_find (const VtRefusalReason *reasons, int errsv)
{
  const char *reason = find (reasons, errsv);

  return reason != NULL ? reason : find (common, errsv);
}

gboolean
vt_refusal_write (const VtKernelFs *fs,
                  const char *path,
                  const char *value,
                  const VtRefusalReason *reasons,
                  GError **error)
{
  VtErrorCode code;
  const char *reason;
  int result;

  do
    result = vt_kernel_fs_write_errno (fs, path, value);
  while (result == -EINTR);
  if (result == 0)
    return TRUE;

  code = result == -ENOENT || result == -ENODEV ? VT_ERROR_NOT_OFFERED : VT_ERROR_GENERIC;
  reason = vt_refusal_find (reasons, -result);

  return vt_error_set (error, code, "writing '%s' to /%s: %s%s%s", value, path,
                       g_strerror (-result), reason != NULL ? ": " : "",
                       reason != NULL ? reason : "");
}
