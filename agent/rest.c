/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/rest.h"

#include <glib.h>
#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * Pages of a segment that nobody writes to are the file's own: the next use
 * maps them again (madvise(2), MADV_DONTNEED). Relocated data lies in the
 * writable segments and is left alone.
 */
static int
unmap_clean (struct dl_phdr_info *object, size_t size, void *data)
{
  gsize page = (gsize) sysconf (_SC_PAGESIZE);

  for (guint i = 0; i < object->dlpi_phnum; i++)
    {
      const ElfW (Phdr) *segment = &object->dlpi_phdr[i];
      gsize start = object->dlpi_addr + segment->p_vaddr;
      gsize end = start + segment->p_memsz;

      if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W) != 0)
        continue;
      start &= ~(page - 1);
      (void) madvise (GSIZE_TO_POINTER (start), end - start, MADV_DONTNEED);
    }

  return 0;
}

/*
 * The kernel maps 64 kB about each fault in a file; most of what start-up
 * leaves mapped of a dozen libraries is never used again.
 */
void
vt_rest (void)
{
  malloc_trim (0);
  dl_iterate_phdr (unmap_clean, NULL);
}
