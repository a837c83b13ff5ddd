/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What an operator may choose, as values: from the configuration file and
 * over it the command line. The file is a key file with qemu-ga's keys in
 * [general] (qemu-ga(8)) and ours in [tune]. It opens nothing that it names.
 */

#include <glib.h>

typedef struct
{
  /* [general] */
  char *method;    /* "virtio-serial", "unix-listen", "isa-serial" */
  char *path;      /* of port, socket or line; NULL: the method's default, below the root */
  char *log_file;  /* NULL: stderr, or the journal */
  char *pid_file;  /* NULL: none, or the default one where daemonize is set */
  char *state_dir; /* absolute, below the root */
  gboolean verbose;
  gboolean daemonize;
  GStrv allow; /* commands; NULL: all */
  GStrv block; /* commands; NULL: none */

  /* [tune] */
  char *profile; /* applies while nothing is stored; "": none */
  char *memory;  /* "online", "online_kernel", "online_movable", "offline" or "off" */
  char *vcpus;   /* "online" or "off" */
} VtConfiguration;

/* With the defaults. */
VtConfiguration *vt_configuration_new (void);
void vt_configuration_free (VtConfiguration *configuration);

/*
 * Reads the key file @path over what is there; lists accumulate.
 * @warnings: gets a char * for each key that is not known. FALSE:
 * *@error names file, key and what is allowed; VT_ERROR_INVALID_ARGUMENT.
 * G_FILE_ERROR_NOENT where there is no file.
 */
gboolean vt_configuration_load (VtConfiguration *configuration,
                                const char *path,
                                GPtrArray *warnings,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether the values are such as can be meant; VT_ERROR_INVALID_ARGUMENT names the first that is
 * not. */
gboolean vt_configuration_check (const VtConfiguration *configuration,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A comma-separated list joins *@list; NULL there stands for none yet. */
void vt_configuration_add_list (GStrv *list, const char *words);

/* The key file that says the same. (transfer full) */
char *vt_configuration_dump (const VtConfiguration *configuration);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtConfiguration, vt_configuration_free)
