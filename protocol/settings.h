/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The settings document: a set of wanted values, the same on the wire, in
 * the agent's state and behind the command line of the shim.
 *
 *   {"block": {"*": {"scheduler": "auto"}}, "memory": {"auto_online_blocks": "online"}}
 *   block/vdb/scheduler=auto memory/auto_online_blocks=online
 *
 * It knows the shape (which sections have selectors, which characters a name
 * may have, how long things may be) and not which attributes exist.
 */

#include <glib.h>
#include <json-glib/json-glib.h>

#define VT_SETTINGS_MAX       4096 /* settings in one document */
#define VT_SETTINGS_KEY_MAX   256  /* bytes of one whole key */
#define VT_SETTINGS_VALUE_MAX 1024

typedef struct
{
  char *key;       /* whole: "block/vdb/scheduler", "sysctl/vm.swappiness" */
  char *section;   /* "block" */
  char *selector;  /* "vdb", "vd*", "*"; NULL in sections without devices */
  char *name;      /* "scheduler", "vm.swappiness" */
  char *value;     /* as text, integers in decimal; NULL: no longer wanted (JSON null) */
  gboolean number; /* it was a JSON integer */
} VtSetting;

/*
 * Brings @key into its one spelling (sysctl(8) allows vm/swappiness for vm.swappiness). All faults
 * are VT_ERROR_INVALID_ARGUMENT: an unknown section; a part that is empty, "." or ".."; a key with
 * what is not printable, a space or '='; an empty value or one with what is not printable but TAB;
 * @number where @value is no 64-bit integer as JSON prints it. @value NULL stands for JSON null.
 */
VtSetting *vt_setting_new (const char *key, const char *value, gboolean number, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
VtSetting *vt_setting_copy (const VtSetting *setting);
void vt_setting_free (VtSetting *setting);

/* "KEY=VALUE"; "KEY=" asks for null. A value of digits alone is a number. */
VtSetting *vt_setting_parse (const char *assignment, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Each key once. Read the list as you like; change it by set and merge alone. */
typedef struct
{
  GPtrArray *list; /* of VtSetting, in the order of arrival */
} VtSettings;

VtSettings *vt_settings_new (void);
VtSettings *vt_settings_copy (const VtSettings *settings);
void vt_settings_free (VtSettings *settings);

/* Refuses with VT_ERROR_INVALID_ARGUMENT, naming each faulty key, up to 16 of them; one key in two
 * spellings is a fault. */
VtSettings *vt_settings_from_json (JsonObject *object, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Returns: (transfer full): the document. Null settings come out as JSON null. */
JsonNode *vt_settings_to_json (const VtSettings *settings);

/* Whether @name is a section, and whether devices are selected in it. */
gboolean vt_settings_check_section (const char *name,
                                    gboolean *ret_has_selector,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* NULL where @key is not in it. */
const VtSetting *vt_settings_get (const VtSettings *settings, const char *key);
/* Takes @setting; replaces one of the same key. */
void vt_settings_set (VtSettings *settings, VtSetting *setting);
/* Key by key: @over's values replace @settings'; @over's nulls remove. */
void vt_settings_merge (VtSettings *settings, const VtSettings *over);

/* Whether @pattern (as in a selector: *, ?, [abc]) matches @name. Pure. */
gboolean vt_selector_match (const char *pattern, const char *name);
/* Exact names rank above globs (G_MAXINT), more literal characters above fewer. Two that match the
 * same name with the same rank are a tie, which the caller refuses. */
int vt_selector_rank (const char *pattern);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtSetting, vt_setting_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtSettings, vt_settings_free)
