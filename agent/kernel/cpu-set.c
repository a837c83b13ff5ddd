/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/kernel/cpu-set.h"

#include <string.h>

#include "protocol/error.h"

#define BITS_PER_GROUP 32

/* Reads the number at *@text and moves *@text past it. */
static gboolean
parse_cpu (const char **text, guint *ret)
{
  guint cpu = 0;
  const char *at = *text;

  if (!g_ascii_isdigit (*at))
    return FALSE;

  for (; g_ascii_isdigit (*at); at++)
    {
      cpu = cpu * 10 + (guint) (*at - '0');
      if (cpu >= VT_CPUS_MAX)
        return FALSE;
    }

  *text = at;
  *ret = cpu;

  return TRUE;
}

/* Reads "3" or "0-3". All its CPUs must be higher than those already in @set. */
static gboolean
parse_range (const char **text, GArray *set)
{
  guint first;
  guint last;

  if (!parse_cpu (text, &first))
    return FALSE;

  last = first;
  if (**text == '-')
    {
      (*text)++;
      if (!parse_cpu (text, &last) || last < first)
        return FALSE;
    }
  if (set->len > 0 && g_array_index (set, guint, set->len - 1) >= first)
    return FALSE;

  for (guint cpu = first; cpu <= last; cpu++)
    g_array_append_val (set, cpu);

  return TRUE;
}

GArray *
vt_cpu_set_parse_list (const char *text, GError **error)
{
  g_autoptr (GArray) set = g_array_new (FALSE, FALSE, sizeof (guint));
  const char *at = text;
  gboolean valid = TRUE;

  while (*at != '\0' && valid)
    {
      valid = parse_range (&at, set) && (*at == '\0' || (*at == ',' && at[1] != '\0'));
      if (*at == ',')
        at++;
    }
  if (!valid)
    {
      vt_error_set (
          error, VT_ERROR_INVALID_ARGUMENT,
          "'%s' is not a list of CPUs; expected numbers and ranges in ascending order, such as "
          "'0-3,5'",
          text);
      return NULL;
    }

  return g_steal_pointer (&set);
}

int
vt_cpu_compare (gconstpointer a, gconstpointer b)
{
  const guint first = *(const guint *) a;
  const guint second = *(const guint *) b;

  return first < second ? -1 : first > second;
}

/* Adds the CPUs of the hexadecimal digit whose lowest bit is @first. */
static void
add_digit (GArray *set, guint digit, guint first)
{
  for (guint bit = 0; bit < 4; bit++)
    {
      guint cpu = first + bit;

      if ((digit & 1u << bit) != 0)
        g_array_append_val (set, cpu);
    }
}

GArray *
vt_cpu_set_parse_mask (const char *mask)
{
  g_autoptr (GArray) set = g_array_new (FALSE, FALSE, sizeof (guint));
  guint first = 0;

  for (gsize i = strlen (mask); i > 0; i--)
    {
      const char c = mask[i - 1];

      if (c == ',')
        continue;
      if (!g_ascii_isxdigit (c) || first >= VT_CPUS_MAX)
        return NULL;
      add_digit (set, (guint) g_ascii_xdigit_value (c), first);
      first += 4;
    }

  return g_steal_pointer (&set);
}

GArray *
vt_cpu_set_online (const VtKernelFs *fs, GError **error)
{
  g_autofree char *text = vt_kernel_fs_read (fs, "sys/devices/system/cpu/online", error);

  return text != NULL ? vt_cpu_set_parse_list (text, error) : NULL;
}

char *
vt_cpu_set_to_list (const GArray *set)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0, next; i < set->len; i = next)
    {
      guint first = g_array_index (set, guint, i);

      for (next = i + 1; next < set->len; next++)
        {
          if (g_array_index (set, guint, next) != first + (next - i))
            break;
        }

      g_string_append_printf (text, "%s%u", text->len > 0 ? "," : "", first);
      if (next - i > 1)
        g_string_append_printf (text, "-%u", first + (next - i) - 1);
    }

  return g_string_free (text, FALSE);
}

char *
vt_cpu_set_to_mask (const GArray *set)
{
  guint32 groups[VT_CPUS_MAX / BITS_PER_GROUP] = { 0 };
  g_autoptr (GString) text = g_string_new (NULL);
  guint highest = 0;

  for (guint i = 0; i < set->len; i++)
    {
      guint cpu = g_array_index (set, guint, i);

      groups[cpu / BITS_PER_GROUP] |= (guint32) 1 << (cpu % BITS_PER_GROUP);
      highest = cpu / BITS_PER_GROUP;
    }

  g_string_append_printf (text, "%x", groups[highest]);
  for (guint group = highest; group > 0; group--)
    g_string_append_printf (text, ",%08x", groups[group - 1]);

  return g_string_free (g_steal_pointer (&text), FALSE);
}

char *
vt_cpu_mask_normalise (const char *mask)
{
  const char *at = mask + strspn (mask, "0,");

  return g_strdup (*at != '\0' ? at : "0");
}

GArray *
vt_cpu_set_share (const GArray *set, guint queue, guint n_queues)
{
  GArray *share = g_array_new (FALSE, FALSE, sizeof (guint));

  if (set->len == 0 || n_queues == 0)
    return share;

  if (queue >= set->len)
    g_array_append_val (share, g_array_index (set, guint, queue % set->len));
  for (guint i = queue; i < set->len; i += n_queues)
    g_array_append_val (share, g_array_index (set, guint, i));

  return share;
}
