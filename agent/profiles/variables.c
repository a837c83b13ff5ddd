/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/profiles/variables.h"

#include <string.h>

#include "agent/profiles/text.h"
#include "protocol/settings.h"

struct VtVariables
{
  GHashTable *values; /* of char *, by name */
};

VtVariables *
vt_variables_new (void)
{
  VtVariables *variables = g_new0 (VtVariables, 1);

  variables->values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return variables;
}

void
vt_variables_free (VtVariables *variables)
{
  if (variables == NULL)
    return;

  g_hash_table_unref (variables->values);
  g_free (variables);
}

static gsize
name_len (const char *text)
{
  gsize len = 0;

  while (g_ascii_isalnum (text[len]) || text[len] == '_')
    len++;
  return len;
}

/* Expands the "${…}" at @at. Returns its length; 0: it can't be expanded. */
static gsize
expand_one (const VtVariables *variables, const char *at, GString *out, char **ret_reason)
{
  gsize len = name_len (at + 2);
  g_autofree char *name = g_strndup (at + 2, len);
  const char *value;

  if (len == 1 && at[3] == ':' && (at[2] == 'f' || at[2] == 'i'))
    {
      *ret_reason = g_strdup_printf ("functions of TuneD (${%c:…}) are not carried out", at[2]);
      return 0;
    }
  if (len == 0 || at[2 + len] != '}')
    {
      *ret_reason = g_strdup ("'${' without a name and '}'");
      return 0;
    }

  value = g_hash_table_lookup (variables->values, name);
  if (value == NULL)
    {
      g_autofree char *text = vt_profile_text (name);

      *ret_reason = g_strdup_printf ("the variable ${%s} has no value", text);
      return 0;
    }

  g_string_append (out, value);
  return len + 3;
}

char *
vt_variables_expand (const VtVariables *variables, const char *value, char **ret_reason)
{
  g_autoptr (GString) out = g_string_new (NULL);

  for (const char *at = value; *at != '\0';)
    {
      gsize len = 1;

      if (g_str_has_prefix (at, "${"))
        len = expand_one (variables, at, out, ret_reason);
      else if (g_str_has_prefix (at, "\\${"))
        g_string_append (out, "${"), len = 3;
      else
        g_string_append_c (out, *at);

      if (len == 0)
        return NULL;
      if (out->len > VT_SETTINGS_VALUE_MAX)
        {
          *ret_reason = g_strdup ("the value is too long once its variables are expanded");
          return NULL;
        }
      at += len;
    }

  return g_strdup (out->str);
}

gboolean
vt_variables_set (VtVariables *variables, const char *name, const char *value, char **ret_reason)
{
  g_autofree char *expanded = NULL;

  if (*name == '\0' || name[name_len (name)] != '\0')
    {
      *ret_reason = g_strdup ("a variable's name has letters, digits and '_' only");
      return FALSE;
    }

  g_hash_table_remove (variables->values, name);
  expanded = vt_variables_expand (variables, value, ret_reason);
  if (expanded == NULL)
    return FALSE;

  g_hash_table_insert (variables->values, g_strdup (name), g_steal_pointer (&expanded));
  return TRUE;
}
