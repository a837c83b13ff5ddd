/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The values of the configuration file; options of the command line override
 * them. The file is a key file: [general] has the keys of qemu-ga(8), [tune] has
 * our own. This module opens none of the files that the keys name.
 */

#include <glib.h>

typedef struct
{
  /* [general] */
  char *method;    /* "virtio-serial", "unix-listen", "isa-serial" */
  char *path;      /* of port, socket or serial line; NULL: the method's default, below the root */
  char *log_file;  /* NULL: the journal, or stderr */
  char *pid_file;  /* NULL: the default one if daemonize is set, else none */
  char *state_dir; /* absolute, below the root */
  gboolean verbose;
  gboolean daemonize;
  GStrv allow; /* commands; NULL: all */
  GStrv block; /* commands; NULL: none */

  /* [tune] */
  char *profile;           /* applies while no settings are stored; "": none */
  char *memory;            /* "online", "online_kernel", "online_movable", "offline" or "off" */
  char *vcpus;             /* "online" or "off" */
  gboolean reapply_sysctl; /* the operator's sysctl files win over profiles */
} VtConfiguration;

/* Returns: (transfer full): the defaults */
VtConfiguration *vt_configuration_new (void);
void vt_configuration_free (VtConfiguration *configuration);

/*
 * Reads the key file @path. Its values replace those of @configuration; lists
 * are appended. Adds a char * to @warnings for each unknown key. Fails with
 * VT_ERROR_INVALID_ARGUMENT, which names file and key, or with
 * G_FILE_ERROR_NOENT if there is no file.
 */
gboolean vt_configuration_load (VtConfiguration *configuration,
                                const char *path,
                                GPtrArray *warnings,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Checks all values. VT_ERROR_INVALID_ARGUMENT names the first invalid one and what is allowed. */
gboolean vt_configuration_check (const VtConfiguration *configuration,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Appends the comma-separated @words to *@list, which is NULL at first. */
void vt_configuration_add_list (GStrv *list, const char *words);

/* Returns: (transfer full): the values as a key file */
char *vt_configuration_dump (const VtConfiguration *configuration);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtConfiguration, vt_configuration_free)
