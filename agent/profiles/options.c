/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/profiles/options.h"

#include <string.h>

typedef struct
{
  const char *type;
  const char *option; /* NULL: every option of this type */
  const char *section;
  const char *name; /* NULL: the option's own name */
  /* Converts TuneD's value to ours; may change @ret's name. Returns NULL and sets @ret_reason to a
   * static text if the value is faulty. */
  char *(*convert) (const char *value, VtOptionTarget *ret, const char **ret_reason);
} Row;

typedef struct
{
  const char *type;
  const char *option; /* NULL: every option of this type */
  const char *reason;
} Refusal;

/* Skips a leading ">" (raise only) or "<" (lower only): "name=>4096" has the value ">4096". */
static const char *
skip_operator (const char *value)
{
  if (*value == '>' || *value == '<')
    value++;
  return value + strspn (value, " \t");
}

static char *
with_operator (const char *value, guint64 number)
{
  if (*value == '>' || *value == '<')
    return g_strdup_printf ("%c%" G_GUINT64_FORMAT, *value, number);

  return g_strdup_printf ("%" G_GUINT64_FORMAT, number);
}

static char *
convert_plain (const char *value, VtOptionTarget *ret, const char **ret_reason)
{
  const char *rest = skip_operator (value);

  if (*value == '>' || *value == '<')
    return g_strdup_printf ("%c%s", *value, rest);

  return g_strdup (value);
}

/* tuned.conf's readahead is in KiB, or in sectors of 512 bytes if an "s" follows. */
static char *
convert_readahead (const char *value, VtOptionTarget *ret, const char **ret_reason)
{
  const char *digits = skip_operator (value);
  char *unit;
  guint64 number;

  if (!g_ascii_isdigit (*digits))
    {
      *ret_reason = "is no number of KiB";
      return NULL;
    }

  number = g_ascii_strtoull (digits, &unit, 10);
  unit += strspn (unit, " \t");
  if (*unit == 's')
    number /= 2;
  else if (*unit != '\0' && g_ascii_strcasecmp (unit, "k") != 0
           && g_ascii_strcasecmp (unit, "kb") != 0 && g_ascii_strcasecmp (unit, "kib") != 0)
    {
      *ret_reason = "has a unit that is neither KiB nor s (sectors)";
      return NULL;
    }

  return with_operator (value, number);
}

/* "30%" sets the ratio; a plain number sets the bytes. Only one of the two is active. */
static char *
convert_dirty (const char *value, VtOptionTarget *ret, const char **ret_reason)
{
  gsize len = strlen (value);
  g_autofree char *number = NULL;

  if (len == 0 || value[len - 1] != '%')
    return convert_plain (value, ret, ret_reason);

  ret->name
      = g_str_equal (ret->name, "vm.dirty_bytes") ? "vm.dirty_ratio" : "vm.dirty_background_ratio";
  number = g_strndup (value, len - 1);
  g_strchomp (number);
  return convert_plain (number, ret, ret_reason);
}

static const Row rows[] = {
  { "disk", "elevator", "block", "scheduler", convert_plain },
  { "disk", "nr_requests", "block", "nr_requests", convert_plain },
  { "disk", "read_ahead_kb", "block", "read_ahead_kb", convert_plain },
  { "disk", "readahead", "block", "read_ahead_kb", convert_readahead },
  { "disk", "rq_affinity", "block", "rq_affinity", convert_plain },
  { "disk", "scheduler", "block", "scheduler", convert_plain },
  { "memory", "auto_movable_ratio", "memory", "auto_movable_ratio", convert_plain },
  { "memory", "auto_online_blocks", "memory", "auto_online_blocks", convert_plain },
  { "memory", "online_policy", "memory", "online_policy", convert_plain },
  /* "channels" is split into combined, rx, tx and other: see channels.h. */
  { "net", "channels", "net", "combined", convert_plain },
  { "net", "combined", "net", "combined", convert_plain },
  { "net", "irq_affinity", "net", "irq_affinity", convert_plain },
  { "net", "other", "net", "other", convert_plain },
  { "net", "rx", "net", "rx", convert_plain },
  { "net", "tx", "net", "tx", convert_plain },
  { "net", "xps", "net", "xps", convert_plain },
  { "sysctl", NULL, "sysctl", NULL, convert_plain },
  { "vm", "dirty_background_bytes", "sysctl", "vm.dirty_background_bytes", convert_dirty },
  { "vm", "dirty_background_ratio", "sysctl", "vm.dirty_background_ratio", convert_plain },
  { "vm", "dirty_bytes", "sysctl", "vm.dirty_bytes", convert_dirty },
  { "vm", "dirty_ratio", "sysctl", "vm.dirty_ratio", convert_plain },
  { "vm", "transparent_hugepage", "vm", "transparent_hugepage", convert_plain },
  { "vm", "transparent_hugepage.defrag", "vm", "transparent_hugepage.defrag", convert_plain },
  { "vm", "transparent_hugepages", "vm", "transparent_hugepage", convert_plain },
};

#define NO_HARDWARE "a guest has no such hardware; the host sets it"
#define NO_SERVICE  "services and their resources are left to systemd"

static const Refusal refusals[] = {
  { "acpi", NULL, NO_HARDWARE },
  { "audio", NULL, NO_HARDWARE },
  { "bootloader", NULL, "the kernel's command line is not changed" },
  { "cpu", NULL, "the host controls its processors; a guest can't" },
  { "disk", "apm", NO_HARDWARE },
  { "disk", "readahead_multiply",
    "depends on the value before it, so it can't be verified; use readahead" },
  { "disk", "scheduler_quantum", "belongs to the CFQ scheduler, which kernels no longer have" },
  { "disk", "spindown", NO_HARDWARE },
  { "eeepc_she", NULL, NO_HARDWARE },
  { "irq", NULL, "interrupts are set through net/DEVICE/irq_affinity" },
  { "irqbalance", NULL, NO_SERVICE },
  { "modules", NULL, "no module is loaded or unloaded" },
  { "mounts", NULL, "no file system is remounted" },
  { "net", "wake_on_lan", NO_HARDWARE },
  { "rtentsk", NULL, "no socket is kept open for timestamping" },
  { "scheduler", NULL, "threads of other programs are not changed" },
  { "script", NULL, "no program is run, ever" },
  { "scsi_host", NULL, NO_HARDWARE },
  { "selinux", NULL, "the security policy is not changed" },
  { "service", NULL, NO_SERVICE },
  { "sysfs", NULL, "the agent never writes a path that a profile names" },
  { "systemd", NULL, NO_SERVICE },
  { "uncore", NULL, NO_HARDWARE },
  { "usb", NULL, NO_HARDWARE },
  { "video", NULL, NO_HARDWARE },
};

static const Row *
find_row (const char *type, const char *option)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_str_equal (rows[i].type, type)
        && (rows[i].option == NULL || g_str_equal (rows[i].option, option)))
      return &rows[i];

  return NULL;
}

static gboolean
is_known_type (const char *type)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_str_equal (rows[i].type, type))
      return TRUE;

  return FALSE;
}

const char *
vt_option_refusal (const char *type, const char *option)
{
  if (find_row (type, option) != NULL)
    return NULL;

  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++)
    if (g_str_equal (refusals[i].type, type)
        && (refusals[i].option == NULL || g_str_equal (refusals[i].option, option)))
      return refusals[i].reason;

  return is_known_type (type) ? "is no option that is carried out here"
                              : "no section of this type is carried out here";
}

char *
vt_option_convert (const char *type,
                   const char *option,
                   const char *value,
                   VtOptionTarget *ret,
                   const char **ret_reason)
{
  const Row *row = find_row (type, option);
  VtOptionTarget target = { 0 };
  char *converted;

  g_return_val_if_fail (row != NULL, NULL);

  target.section = row->section;
  target.name = row->name != NULL ? row->name : option;
  target.devices = g_str_equal (row->section, "block") || g_str_equal (row->section, "net");

  converted = row->convert (value, &target, ret_reason);
  if (converted != NULL)
    *ret = target;
  return converted;
}
