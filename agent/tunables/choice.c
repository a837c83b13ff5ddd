/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/tunables/choice.h"

#include <string.h>

#include "agent/tunables/value.h"

gboolean
vt_choice_exists (const char *text)
{
  const char *open = strchr (text, '[');

  return open != NULL && strchr (open, ']') != NULL;
}

char *
vt_choice_active (const char *text)
{
  const char *open = strchr (text, '[');
  const char *end = open != NULL ? strchr (open, ']') : NULL;

  if (end == NULL)
    return g_strstrip (g_strdup (text));

  return g_strndup (open + 1, (gsize) (end - open) - 1);
}

GStrv
vt_choice_words (const char *text)
{
  g_autofree char *bare = g_strdelimit (g_strdup (text), "[]", ' ');
  g_autofree char *squeezed = vt_value_squeeze (bare);

  return g_strsplit (squeezed, " ", -1);
}
