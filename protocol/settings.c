/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "protocol/settings.h"

#include <errno.h>
#include <string.h>

#include "protocol/error.h"
#include "protocol/json.h"
#include "protocol/key-advice.h"

typedef struct
{
  const char *name;
  gboolean has_selector;
  gboolean is_sysctl; /* names are spelt as for sysctl(8) */
} Section;

static const Section sections[] = {
  { .name = "block", .has_selector = TRUE },
  { .name = "net", .has_selector = TRUE },
  { .name = "memory" },
  { .name = "sysctl", .is_sysctl = TRUE },
  { .name = "vm" },
};

static const Section *
find_section (const char *name, gsize len)
{
  for (gsize i = 0; i < G_N_ELEMENTS (sections); i++)
    {
      if (strlen (sections[i].name) == len && strncmp (sections[i].name, name, len) == 0)
        return &sections[i];
    }

  return NULL;
}

static gboolean
bad_key (GError **error, const char *key, const char *why)
{
  g_autofree char *printable = g_strescape (key, NULL);

  return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "%.300s: %s", printable, why);
}

/* Handles ASCII without GLib's tables of characters: those would load 64 kB into memory. */
static gboolean
is_graph (gunichar c)
{
  return c < 0x80 ? g_ascii_isgraph ((char) c) : g_unichar_isgraph (c);
}

static gboolean
is_print (gunichar c)
{
  return c < 0x80 ? g_ascii_isprint ((char) c) : g_unichar_isprint (c);
}

/* Whether @text is printable, without space and '='. Such a key can be written as KEY=VALUE. */
static gboolean
is_printable (const char *text)
{
  if (!g_utf8_validate (text, -1, NULL))
    return FALSE;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (c == '=' || !is_graph (c))
        return FALSE;
    }

  return TRUE;
}

static gboolean
unknown_section (GError **error, const char *key)
{
  const char *names[G_N_ELEMENTS (sections) + 1] = { NULL };
  g_autofree char *advice = NULL;
  g_autofree char *list = NULL;
  g_autofree char *why = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (sections); i++)
    names[i] = sections[i].name;
  if (strlen (key) <= VT_SETTINGS_KEY_MAX && is_printable (key))
    advice = vt_key_advise (key, names);

  list = g_strjoinv (", ", (char **) names);
  why = advice != NULL
            ? g_strdup_printf ("unknown section; did you mean %s? There are: %s", advice, list)
            : g_strdup_printf ("unknown section, there are: %s", list);
  return bad_key (error, key, why);
}

gboolean
vt_settings_check_section (const char *name, gboolean *ret_has_selector, GError **error)
{
  const Section *section = find_section (name, strlen (name));

  if (section == NULL)
    return unknown_section (error, name);

  *ret_has_selector = section->has_selector;
  return TRUE;
}

/* Whether @text may be a selector, or a name outside sysctl. */
static gboolean
is_part (const char *text)
{
  return *text != '\0' && strchr (text, '/') == NULL && !g_str_equal (text, ".")
         && !g_str_equal (text, "..");
}

/*
 * sysctl(8), sysctl.d(5): if the first separator is a slash, slashes separate
 * the parts, and dots belong to the names. If it is a dot, dots separate the
 * parts, and a slash means a dot in a name. So net/ipv4/conf/eth0.5/forwarding
 * is the same as net.ipv4.conf.eth0/5.forwarding. The result has dots as
 * separators.
 */
static char *
normalise_sysctl (const char *name)
{
  char *result = g_strdup (name);
  const char *first = strpbrk (name, "./");

  if (first == NULL || *first == '.')
    return result;

  for (char *p = result; *p != '\0'; p++)
    {
      if (*p == '/')
        *p = '.';
      else if (*p == '.')
        *p = '/';
    }

  return result;
}

/* No part may be empty, begin or end with a slash, or contain two slashes in a row. A slash is a
 * dot in /proc/sys, so no part is "..". */
static gboolean
is_sysctl (const char *name)
{
  g_auto (GStrv) parts = g_strsplit (name, ".", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    {
      if (parts[i][0] == '\0' || parts[i][0] == '/' || g_str_has_suffix (parts[i], "/")
          || strstr (parts[i], "//") != NULL)
        return FALSE;
    }

  return parts[0] != NULL;
}

/* Splits @rest, the key after its section, into setting->selector and setting->name. */
static gboolean
read_names (VtSetting *setting, const Section *section, const char *rest, const char **ret_why)
{
  const char *slash = strchr (rest, '/');

  if (section->is_sysctl)
    {
      setting->name = normalise_sysctl (rest);
      *ret_why = "not a name as sysctl(8) spells it";
      return is_sysctl (setting->name);
    }

  *ret_why = section->has_selector ? "expected: SECTION/DEVICE/NAME" : "expected: SECTION/NAME";
  if (section->has_selector && slash == NULL)
    return FALSE;

  if (section->has_selector)
    setting->selector = g_strndup (rest, slash - rest);

  setting->name = g_strdup (section->has_selector ? slash + 1 : rest);
  return is_part (setting->name) && (setting->selector == NULL || is_part (setting->selector));
}

static gboolean
read_key (VtSetting *setting, const char *key, GError **error)
{
  gsize len = strcspn (key, "/");
  const Section *section = find_section (key, len);
  const char *why;

  if (strlen (key) > VT_SETTINGS_KEY_MAX)
    return bad_key (error, key, "the key is too long");

  if (!is_printable (key))
    return bad_key (error, key, "a key has only printable characters, without space and '='");

  if (section == NULL)
    return unknown_section (error, key);

  setting->section = g_strdup (section->name);
  if (!read_names (setting, section, key[len] == '/' ? key + len + 1 : "", &why))
    return bad_key (error, key, why);

  setting->key
      = setting->selector != NULL
            ? g_strconcat (setting->section, "/", setting->selector, "/", setting->name, NULL)
            : g_strconcat (setting->section, "/", setting->name, NULL);
  return TRUE;
}

/* Whether @text is a 64-bit integer as JSON prints it. */
static gboolean
is_integer (const char *text)
{
  const char *digits = *text == '-' ? text + 1 : text;

  if (*digits == '\0' || strspn (digits, "0123456789") != strlen (digits))
    return FALSE;

  if (*digits == '0' && !g_str_equal (text, "0"))
    return FALSE;

  errno = 0;
  (void) g_ascii_strtoll (text, NULL, 10);
  return errno != ERANGE; /* other values are no error: see is_int64() of grammar-number.c */
}

static gboolean
check_value (const char *key, const char *value, gboolean number, GError **error)
{
  if (*value == '\0')
    return bad_key (error, key, "the value is empty");

  if (strlen (value) > VT_SETTINGS_VALUE_MAX)
    return bad_key (error, key, "the value is too long");

  if (!g_utf8_validate (value, -1, NULL))
    return bad_key (error, key, "the value is not UTF-8");

  for (const char *p = value; *p != '\0'; p = g_utf8_next_char (p))
    {
      if (*p != '\t' && !is_print (g_utf8_get_char (p)))
        return bad_key (error, key, "the value has a character that is not printable");
    }

  return !number || is_integer (value) || bad_key (error, key, "the value is no integer");
}

VtSetting *
vt_setting_new (const char *key, const char *value, gboolean number, GError **error)
{
  g_autoptr (VtSetting) setting = g_new0 (VtSetting, 1);

  if (!read_key (setting, key, error))
    return NULL;

  if (value != NULL && !check_value (setting->key, value, number, error))
    return NULL;

  setting->value = g_strdup (value);
  setting->number = value != NULL && number;
  return g_steal_pointer (&setting);
}

VtSetting *
vt_setting_copy (const VtSetting *setting)
{
  VtSetting *copy = g_new0 (VtSetting, 1);

  copy->key = g_strdup (setting->key);
  copy->section = g_strdup (setting->section);
  copy->selector = g_strdup (setting->selector);
  copy->name = g_strdup (setting->name);
  copy->value = g_strdup (setting->value);
  copy->number = setting->number;
  return copy;
}

void
vt_setting_free (VtSetting *setting)
{
  if (setting == NULL)
    return;

  g_free (setting->key);
  g_free (setting->section);
  g_free (setting->selector);
  g_free (setting->name);
  g_free (setting->value);
  g_free (setting);
}

VtSetting *
vt_setting_parse (const char *assignment, GError **error)
{
  const char *sign = strchr (assignment, '=');
  g_autofree char *key = NULL;

  if (sign == NULL)
    {
      (void) bad_key (error, assignment, "expected: KEY=VALUE");
      return NULL;
    }

  key = g_strndup (assignment, sign - assignment);
  if (sign[1] == '\0')
    return vt_setting_new (key, NULL, FALSE, error);

  return vt_setting_new (key, sign + 1, sign[1] != '-' && is_integer (sign + 1), error);
}

VtSettings *
vt_settings_new (void)
{
  VtSettings *settings = g_new0 (VtSettings, 1);

  settings->list = g_ptr_array_new_with_free_func ((GDestroyNotify) vt_setting_free);
  return settings;
}

VtSettings *
vt_settings_copy (const VtSettings *settings)
{
  VtSettings *copy = vt_settings_new ();

  for (guint i = 0; i < settings->list->len; i++)
    g_ptr_array_add (copy->list, vt_setting_copy (g_ptr_array_index (settings->list, i)));

  return copy;
}

void
vt_settings_free (VtSettings *settings)
{
  if (settings == NULL)
    return;

  g_ptr_array_unref (settings->list);
  g_free (settings);
}

static gboolean
find_index (const VtSettings *settings, const char *key, guint *ret_index)
{
  for (guint i = 0; i < settings->list->len; i++)
    {
      const VtSetting *setting = g_ptr_array_index (settings->list, i);

      if (!g_str_equal (setting->key, key))
        continue;

      *ret_index = i;
      return TRUE;
    }

  return FALSE;
}

const VtSetting *
vt_settings_get (const VtSettings *settings, const char *key)
{
  guint index;

  return find_index (settings, key, &index) ? g_ptr_array_index (settings->list, index) : NULL;
}

void
vt_settings_set (VtSettings *settings, VtSetting *setting)
{
  guint index;

  if (!find_index (settings, setting->key, &index))
    {
      g_ptr_array_add (settings->list, setting);
      return;
    }

  vt_setting_free (g_ptr_array_index (settings->list, index));
  g_ptr_array_index (settings->list, index) = setting;
}

void
vt_settings_merge (VtSettings *settings, const VtSettings *over)
{
  for (guint i = 0; i < over->list->len; i++)
    {
      const VtSetting *setting = g_ptr_array_index (over->list, i);
      guint index;

      if (setting->value != NULL)
        vt_settings_set (settings, vt_setting_copy (setting));
      else if (find_index (settings, setting->key, &index))
        g_ptr_array_remove_index (settings->list, index);
    }
}
