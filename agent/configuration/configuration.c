/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/configuration/configuration.h"

#include <stddef.h>

#include "agent/channel/transport.h"
#include "protocol/error.h"

#define DEFAULT_STATE_DIR "/var/lib/virt-tune-agent"

typedef enum
{
  KIND_TEXT,
  KIND_FLAG,
  KIND_LIST,
} Kind;

typedef struct
{
  const char *group;
  const char *key;
  Kind kind;
  gsize offset; /* of the member */
} KeySpec;

#define MEMBER(name) offsetof (VtConfiguration, name)

/* vt_configuration_dump() keeps this order. */
static const KeySpec key_specs[] = {
  { "general", "daemon", KIND_FLAG, MEMBER (daemonize) },
  { "general", "method", KIND_TEXT, MEMBER (method) },
  { "general", "path", KIND_TEXT, MEMBER (path) },
  { "general", "logfile", KIND_TEXT, MEMBER (log_file) },
  { "general", "pidfile", KIND_TEXT, MEMBER (pid_file) },
  { "general", "statedir", KIND_TEXT, MEMBER (state_dir) },
  { "general", "verbose", KIND_FLAG, MEMBER (verbose) },
  { "general", "block-rpcs", KIND_LIST, MEMBER (block) },
  { "general", "allow-rpcs", KIND_LIST, MEMBER (allow) },
  { "tune", "profile", KIND_TEXT, MEMBER (profile) },
  { "tune", "memory", KIND_TEXT, MEMBER (memory) },
  { "tune", "vcpus", KIND_TEXT, MEMBER (vcpus) },
  { "tune", "reapply_sysctl", KIND_FLAG, MEMBER (reapply_sysctl) },
};

static const char *const memory_values[]
    = { "online", "online_kernel", "online_movable", "offline", "off", NULL };

static const char *const vcpus_values[] = { "online", "off", NULL };

static gpointer
member (const VtConfiguration *configuration, const KeySpec *spec)
{
  return (char *) configuration + spec->offset;
}

VtConfiguration *
vt_configuration_new (void)
{
  VtConfiguration *configuration = g_new0 (VtConfiguration, 1);

  configuration->method = g_strdup (vt_transport_methods[0].method);
  configuration->state_dir = g_strdup (DEFAULT_STATE_DIR);
  configuration->profile = g_strdup ("");
  configuration->memory = g_strdup (memory_values[0]);
  configuration->vcpus = g_strdup (vcpus_values[0]);
  configuration->reapply_sysctl = TRUE;

  return configuration;
}

void
vt_configuration_free (VtConfiguration *configuration)
{
  if (configuration == NULL)
    return;

  g_free (configuration->method);
  g_free (configuration->path);
  g_free (configuration->log_file);
  g_free (configuration->pid_file);
  g_free (configuration->state_dir);
  g_strfreev (configuration->allow);
  g_strfreev (configuration->block);
  g_free (configuration->profile);
  g_free (configuration->memory);
  g_free (configuration->vcpus);
  g_free (configuration);
}

void
vt_configuration_add_list (GStrv *list, const char *words)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new ();
  g_auto (GStrv) more = g_strsplit (words, ",", -1);

  for (gsize i = 0; *list != NULL && (*list)[i] != NULL; i++)
    g_ptr_array_add (all, (*list)[i]);
  for (gsize i = 0; more[i] != NULL; i++)
    {
      g_strstrip (more[i]);
      if (more[i][0] != '\0')
        g_ptr_array_add (all, g_strdup (more[i]));
    }
  g_ptr_array_add (all, NULL);

  g_free (*list); /* the new array owns its strings */
  *list = (GStrv) g_ptr_array_free (g_steal_pointer (&all), FALSE);
}

static gboolean
load_key (VtConfiguration *configuration, const KeySpec *spec, GKeyFile *file, GError **error)
{
  g_autoptr (GError) fault = NULL;
  g_autofree char *text = g_key_file_get_string (file, spec->group, spec->key, &fault);

  if (text != NULL && spec->kind == KIND_LIST && text[0] != '\0')
    vt_configuration_add_list (member (configuration, spec), text);
  if (text != NULL && spec->kind == KIND_FLAG)
    *(gboolean *) member (configuration, spec)
        = g_key_file_get_boolean (file, spec->group, spec->key, &fault);
  if (text != NULL && spec->kind == KIND_TEXT)
    {
      char **value = member (configuration, spec);

      g_free (*value);
      *value = g_steal_pointer (&text);
    }
  if (fault != NULL)
    return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "[%s] %s: %s", spec->group, spec->key,
                         fault->message);

  return TRUE;
}

static const KeySpec *
find_key (const char *group, const char *key)
{
  for (gsize i = 0; i < G_N_ELEMENTS (key_specs); i++)
    {
      if (g_str_equal (key_specs[i].group, group) && g_str_equal (key_specs[i].key, key))
        return &key_specs[i];
    }

  return NULL;
}

static gboolean
load_group (VtConfiguration *configuration,
            GKeyFile *file,
            const char *group,
            GPtrArray *warnings,
            GError **error)
{
  g_auto (GStrv) keys = g_key_file_get_keys (file, group, NULL, NULL);

  for (gsize i = 0; keys != NULL && keys[i] != NULL; i++)
    {
      const KeySpec *spec = find_key (group, keys[i]);

      if (spec == NULL)
        g_ptr_array_add (warnings,
                         g_strdup_printf ("[%s] %s: unknown key, ignored", group, keys[i]));
      else if (!load_key (configuration, spec, file, error))
        return FALSE;
    }

  return TRUE;
}

gboolean
vt_configuration_load (VtConfiguration *configuration,
                       const char *path,
                       GPtrArray *warnings,
                       GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_auto (GStrv) groups = NULL;

  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, error))
    {
      g_prefix_error (error, "%s: ", path);
      return FALSE;
    }

  groups = g_key_file_get_groups (file, NULL);
  for (gsize i = 0; groups[i] != NULL; i++)
    {
      if (load_group (configuration, file, groups[i], warnings, error))
        continue;
      g_prefix_error (error, "%s: ", path);
      return FALSE;
    }

  return TRUE;
}

static gboolean
check_method (const VtConfiguration *configuration, GError **error)
{
  const VtTransportMethod *method = vt_transport_method_find (configuration->method);

  if (method == NULL)
    return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT,
                         "Unknown method '%s'; expected: virtio-serial, unix-listen or "
                         "isa-serial",
                         configuration->method);
  if (method->default_path == NULL && configuration->path == NULL)
    return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "Method '%s' needs a path",
                         configuration->method);

  return TRUE;
}

gboolean
vt_configuration_check (const VtConfiguration *configuration, GError **error)
{
  if (!check_method (configuration, error))
    return FALSE;
  if (!g_path_is_absolute (configuration->state_dir))
    return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT,
                         "The state folder '%s' is not an absolute path", configuration->state_dir);
  if (!g_strv_contains (memory_values, configuration->memory))
    return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT,
                         "[tune] memory: '%s', expected: online, online_kernel, "
                         "online_movable, offline or off",
                         configuration->memory);
  if (!g_strv_contains (vcpus_values, configuration->vcpus))
    return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT,
                         "[tune] vcpus: '%s', expected: online or off", configuration->vcpus);

  return TRUE;
}

char *
vt_configuration_dump (const VtConfiguration *configuration)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  const VtTransportMethod *method = vt_transport_method_find (configuration->method);

  if (configuration->path == NULL && method != NULL)
    g_key_file_set_string (file, "general", "path", method->default_path);
  for (gsize i = 0; i < G_N_ELEMENTS (key_specs); i++)
    {
      const KeySpec *spec = &key_specs[i];
      gpointer value = member (configuration, spec);

      if (spec->kind == KIND_FLAG)
        g_key_file_set_boolean (file, spec->group, spec->key, *(gboolean *) value);
      else if (spec->kind == KIND_TEXT && *(char **) value != NULL)
        g_key_file_set_string (file, spec->group, spec->key, *(char **) value);
      else if (spec->kind == KIND_LIST && *(GStrv *) value != NULL)
        {
          g_autofree char *words = g_strjoinv (",", *(GStrv *) value);

          g_key_file_set_string (file, spec->group, spec->key, words);
        }
    }

  return g_key_file_to_data (file, NULL, NULL);
}
