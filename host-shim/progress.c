/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host-shim/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WIDTH 32

struct VtProgress
{
  gboolean on;
  gboolean shown;
  const char *unit;
};

VtProgress *
vt_progress_new (gboolean quiet, const char *unit)
{
  VtProgress *progress = g_new0 (VtProgress, 1);

  progress->on = !quiet && isatty (STDERR_FILENO) == 1;
  progress->unit = unit;
  return progress;
}

void
vt_progress_free (VtProgress *progress)
{
  if (progress->shown)
    fputs ("\r\033[K", stderr);
  g_free (progress);
}

void
vt_progress_show (VtProgress *progress, guint64 done, guint64 of)
{
  char bar[WIDTH + 1];
  guint64 filled = of > 0 ? MIN (done, of) * WIDTH / of : 0;

  if (!progress->on)
    return;
  memset (bar, '.', WIDTH);
  memset (bar, '#', filled);
  bar[WIDTH] = '\0';
  fprintf (stderr, "\r\033[K[%s] %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " %s", bar, done, of,
           progress->unit);
  fflush (stderr);
  progress->shown = TRUE;
}
