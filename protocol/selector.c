/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Matches selectors of devices: *, ?, [abc], [a-z], [!abc]. fnmatch(3) may
 * take exponential time for a pattern with many stars. The time of this
 * function is at most proportional to the product of the two lengths.
 */

#include "config.h"

#include "protocol/settings.h"

#include <string.h>

/* The end of the set that begins with the '[' at @p; NULL if it is only a bracket, not a set. */
static const char *
find_set_end (const char *p)
{
  const char *first = p[1] == '!' ? p + 2 : p + 1;

  return *first == '\0' ? NULL : strchr (first + 1, ']');
}

static gboolean
match_set (const char *p, const char *end, char c)
{
  gboolean negated = p[1] == '!';
  guchar byte = (guchar) c;

  for (p += negated ? 2 : 1; p < end; p++)
    {
      guchar low = (guchar) *p, high = low;

      if (p[1] == '-' && p + 2 < end)
        {
          high = (guchar) p[2];
          p += 2;
        }

      if (byte >= low && byte <= high)
        return !negated;
    }

  return negated;
}

/* Whether the first element of the pattern @p matches @c. *@ret_next: the pattern after it. */
static gboolean
match_one (const char *p, char c, const char **ret_next)
{
  const char *end = *p == '[' ? find_set_end (p) : NULL;

  if (end != NULL)
    {
      *ret_next = end + 1;
      return match_set (p, end, c);
    }

  *ret_next = p + 1;
  return *p == '?' || *p == c;
}

gboolean
vt_selector_match (const char *pattern, const char *name)
{
  const char *star = NULL, *retry = NULL, *next;

  while (*name != '\0')
    {
      if (*pattern == '*')
        {
          star = ++pattern;
          retry = name;
        }
      else if (*pattern != '\0' && match_one (pattern, *name, &next))
        {
          pattern = next;
          name++;
        }
      else if (star != NULL)
        {
          /* Try again with one more byte for the last star. Earlier stars need no more bytes. */
          pattern = star;
          name = ++retry;
        }
      else
        return FALSE;
    }

  while (*pattern == '*')
    pattern++;

  return *pattern == '\0';
}

int
vt_selector_rank (const char *pattern)
{
  gboolean exact = TRUE;
  int literals = 0;

  for (const char *p = pattern; *p != '\0'; p++)
    {
      const char *end = *p == '[' ? find_set_end (p) : NULL;

      if (end == NULL && *p != '*' && *p != '?')
        {
          literals++;
          continue;
        }

      exact = FALSE;
      if (end != NULL)
        p = end;
    }

  return exact ? G_MAXINT : literals;
}
