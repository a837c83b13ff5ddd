/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/profiles/channels.h"

static const char *const names[] = { "combined", "rx", "tx", "other" };

static void
channel_option_free (gpointer data)
{
  VtChannelOption *option = data;

  g_free (option->value);
  g_free (option);
}

/* Returns the static name of the kind of channels; NULL: @word is no kind. */
static const char *
find_name (const char *word)
{
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      if (g_str_equal (names[i], word))
        return names[i];
    }

  return NULL;
}

static gboolean
has_name (const GPtrArray *options, const char *name)
{
  for (guint i = 0; i < options->len; i++)
    {
      if (g_str_equal (((VtChannelOption *) options->pdata[i])->name, name))
        return TRUE;
    }

  return FALSE;
}

/* The words of @text. As in TuneD, commas, semicolons and colons also separate words. */
static GPtrArray *
split (const char *text)
{
  g_auto (GStrv) parts = g_strsplit_set (text, " \t,;:", -1);
  GPtrArray *words = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; parts[i] != NULL; i++)
    {
      if (*parts[i] != '\0')
        g_ptr_array_add (words, g_strdup (parts[i]));
    }

  return words;
}

GPtrArray *
vt_channel_options_parse (const char *text, const char **ret_reason)
{
  g_autoptr (GPtrArray) words = split (text);
  g_autoptr (GPtrArray) options = g_ptr_array_new_with_free_func (channel_option_free);

  *ret_reason = NULL;
  if (words->len == 0 || words->len % 2 != 0)
    *ret_reason = "is not pairs of a kind of channels and a number";

  for (guint i = 0; i + 1 < words->len && *ret_reason == NULL; i += 2)
    {
      const char *name = find_name (words->pdata[i]);
      VtChannelOption *option;

      if (name == NULL)
        *ret_reason = "names a kind of channels other than combined, rx, tx and other";
      else if (has_name (options, name))
        *ret_reason = "names one kind of channels twice";
      if (*ret_reason != NULL)
        break;

      option = g_new0 (VtChannelOption, 1);
      option->name = name;
      option->value = g_strdup (words->pdata[i + 1]);
      g_ptr_array_add (options, option);
    }

  return *ret_reason == NULL ? g_steal_pointer (&options) : NULL;
}
