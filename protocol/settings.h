/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The settings document: a set of wanted values. Its format is the same on the
 * wire, in the agent's state, and for the shim's command line.
 *
 *   {"block": {"*": {"scheduler": "auto"}}, "memory": {"auto_online_blocks": "online"}}
 *   block/vdb/scheduler=auto memory/auto_online_blocks=online
 *
 * It checks only the form: which sections have selectors, which characters a
 * name may have, how long keys and values may be. It doesn't know which
 * attributes exist.
 */

#include <glib.h>
#include <json-glib/json-glib.h>

#define VT_SETTINGS_MAX       4096 /* settings in one document */
#define VT_SETTINGS_KEY_MAX   256  /* bytes of one complete key */
#define VT_SETTINGS_VALUE_MAX 1024

typedef struct
{
  char *key;       /* complete: "block/vdb/scheduler", "sysctl/vm.swappiness" */
  char *section;   /* "block" */
  char *selector;  /* "vdb", "vd*", "*"; NULL in sections without devices */
  char *name;      /* "scheduler", "vm.swappiness" */
  char *value;     /* as text, integers in decimal; NULL: no longer wanted (JSON null) */
  gboolean number; /* the value is a JSON integer */
} VtSetting;

/*
 * Normalises @key: sysctl(8) allows vm/swappiness for vm.swappiness. @value NULL means JSON null.
 * All errors are VT_ERROR_INVALID_ARGUMENT: an unknown section; a part that is empty, "." or "..";
 * a key with a space, a '=' or a character that is not printable; a value that is empty or has a
 * character that is neither printable nor TAB; @number is set, but @value is no 64-bit integer as
 * JSON prints it.
 */
VtSetting *vt_setting_new (const char *key, const char *value, gboolean number, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
VtSetting *vt_setting_copy (const VtSetting *setting);
void vt_setting_free (VtSetting *setting);

/* Parses "KEY=VALUE". "KEY=" means null. A value that consists of digits is a number. */
VtSetting *vt_setting_parse (const char *assignment, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A set of settings: each key occurs once. Change the list only with the functions below. */
typedef struct
{
  GPtrArray *list; /* of VtSetting, in the order of arrival */
} VtSettings;

VtSettings *vt_settings_new (void);
VtSettings *vt_settings_copy (const VtSettings *settings);
void vt_settings_free (VtSettings *settings);

/* VT_ERROR_INVALID_ARGUMENT names the faulty keys, up to 16 of them. A key that occurs in two
 * spellings is a fault. */
VtSettings *vt_settings_from_json (JsonObject *object, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Returns: (transfer full): the document. A setting without value becomes JSON null. */
JsonNode *vt_settings_to_json (const VtSettings *settings);

/* Whether @name is a section. *@ret_has_selector: whether its keys select devices. */
gboolean vt_settings_check_section (const char *name,
                                    gboolean *ret_has_selector,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* NULL: @key is not in @settings. */
const VtSetting *vt_settings_get (const VtSettings *settings, const char *key);
/* Adds @setting, or replaces the setting with the same key. @setting: (transfer full) */
void vt_settings_set (VtSettings *settings, VtSetting *setting);
/* Merges key by key: a value of @over replaces that of @settings, a null of @over removes it. */
void vt_settings_merge (VtSettings *settings, const VtSettings *over);

/* Whether @pattern (as in a selector: *, ?, [abc]) matches @name. Pure. */
gboolean vt_selector_match (const char *pattern, const char *name);
/* The rank of @pattern: G_MAXINT for an exact name, else the number of its literal characters. If
 * two patterns with the same rank match a name, the caller refuses both. */
int vt_selector_rank (const char *pattern);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtSetting, vt_setting_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtSettings, vt_settings_free)
