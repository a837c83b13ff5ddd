/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "protocol/suggest.h"

#include <string.h>

#define LONGEST  64
#define NEAR     2
#define NOT_NEAR G_MAXUINT

static guint
min3 (guint a, guint b, guint c)
{
  return MIN (a, MIN (b, c));
}

/* Three rows of the usual matrix: the one before last is for swaps. */
guint
vt_suggest_distance (const char *a, const char *b)
{
  guint rows[3][LONGEST + 1];
  gsize len_a = strnlen (a, LONGEST), len_b = strnlen (b, LONGEST);

  for (gsize j = 0; j <= len_b; j++)
    rows[0][j] = (guint) j;
  for (gsize i = 1; i <= len_a; i++)
    {
      guint *above = rows[(i - 1) % 3], *here = rows[i % 3], *swap = rows[(i + 1) % 3];

      here[0] = (guint) i;
      for (gsize j = 1; j <= len_b; j++)
        {
          guint change = above[j - 1] + (a[i - 1] != b[j - 1]);

          here[j] = min3 (above[j] + 1, here[j - 1] + 1, change);
          if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
            here[j] = MIN (here[j], swap[j - 2] + 1);
        }
    }
  return rows[len_a % 3][len_b];
}

/* Returns: how far @known is from @word, and 0 where @word is its beginning; NOT_NEAR. */
static guint
get_distance (const char *word, const char *known)
{
  const gsize len = strlen (word);
  guint distance;

  if (len == 0)
    return NOT_NEAR;
  if (g_str_has_prefix (known, word))
    return 0;

  distance = vt_suggest_distance (word, known);
  return distance <= MIN (NEAR, len / 2) ? distance : NOT_NEAR;
}

static void
append_at_distance (
    GString *out, guint *n, guint distance, const char *word, const char *const *known)
{
  for (; *known != NULL && *n < VT_SUGGEST_MAX; known++)
    if (get_distance (word, *known) == distance)
      {
        g_string_append_printf (out, "%s'%s'", *n > 0 ? " or " : "", *known);
        ++*n;
      }
}

char *
vt_suggest (const char *word, const char *const *known)
{
  GString *out = g_string_new (NULL);
  guint n = 0;

  for (guint distance = 0; distance <= NEAR; distance++)
    append_at_distance (out, &n, distance, word, known);

  return g_string_free (out, n == 0);
}
