/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "agent/configuration/options.h"
#include "protocol/error.h"

typedef struct
{
  char *root; /* an empty folder, so that there is no default configuration */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->root = g_dir_make_tmp ("virt-tune-options-XXXXXX", &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autofree char *conf = g_build_filename (fixture->root, "conf", NULL);

  g_remove (conf);
  g_assert_cmpint (g_rmdir (fixture->root), ==, 0);
  g_free (fixture->root);
}

/* @line: options separated by spaces. "ROOT" is replaced by the fixture's folder. */
static VtOptions *
parse (Fixture *fixture, const char *line, GError **error)
{
  g_autoptr (GString) whole = g_string_new ("virt-tune-agent --root ROOT ");
  g_auto (GStrv) argv = NULL;
  g_auto (GStrv) parts = NULL;
  g_autofree char *joined = NULL;

  g_string_append (whole, line);
  parts = g_strsplit (whole->str, "ROOT", -1);
  joined = g_strjoinv (fixture->root, parts);
  g_strchomp (joined);
  argv = g_strsplit (joined, " ", -1);

  return vt_options_new ((int) g_strv_length (argv), argv, error);
}

static VtOptions *
parse_good (Fixture *fixture, const char *line)
{
  g_autoptr (GError) error = NULL;
  VtOptions *options = parse (fixture, line, &error);

  g_assert_no_error (error);
  g_assert_nonnull (options);

  return options;
}

static void
assert_bad (Fixture *fixture, const char *line, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VtOptions) options = parse (fixture, line, &error);

  g_assert_null (options);
  g_assert_error (error, VT_ERROR, VT_ERROR_INVALID_ARGUMENT);
  g_assert_nonnull (strstr (error->message, text));
}

static void
write_conf (Fixture *fixture, const char *text)
{
  g_autofree char *conf = g_build_filename (fixture->root, "conf", NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (conf, text, -1, &error);
  g_assert_no_error (error);
}

static void
test_defaults (Fixture *fixture, gconstpointer data)
{
  g_autoptr (VtOptions) options = parse_good (fixture, "");
  g_autofree char *path = vt_options_get_path (options);
  g_autofree char *state = vt_options_get_state_dir (options);
  g_autofree char *wanted_path
      = g_strconcat (fixture->root, "/dev/virtio-ports/org.virt_tune.agent.0", NULL);
  g_autofree char *wanted_state = g_strconcat (fixture->root, "/var/lib/virt-tune-agent", NULL);

  g_assert_cmpint (options->task, ==, VT_TASK_RUN);
  g_assert_cmpstr (options->configuration->method, ==, "virtio-serial");
  g_assert_cmpstr (options->configuration->memory, ==, "online");
  g_assert_cmpstr (options->configuration->profile, ==, "");
  g_assert_null (options->configuration->allow);
  g_assert_null (options->configuration->block);
  g_assert_cmpstr (path, ==, wanted_path);
  g_assert_cmpstr (state, ==, wanted_state);
  g_assert_null (vt_options_get_pid_file (options));
  g_assert_cmpuint (options->warnings->len, ==, 0);
}

static void
test_letters (Fixture *fixture, gconstpointer data)
{
  g_autoptr (VtOptions) options = parse_good (
      fixture, "-m unix-listen -p /x -t /s -l /l -f /f -v -d -b tune-apply -a tune-status");
  const VtConfiguration *configuration = options->configuration;
  g_autofree char *path = vt_options_get_path (options);

  g_assert_cmpstr (configuration->method, ==, "unix-listen");
  g_assert_cmpstr (path, ==, "/x");
  g_assert_cmpstr (configuration->state_dir, ==, "/s");
  g_assert_cmpstr (configuration->log_file, ==, "/l");
  g_assert_cmpstr (configuration->pid_file, ==, "/f");
  g_assert_true (configuration->verbose);
  g_assert_true (configuration->daemonize);
  g_assert_cmpstr (configuration->block[0], ==, "tune-apply");
  g_assert_cmpstr (configuration->allow[0], ==, "tune-status");
}

static void
test_tasks (Fixture *fixture, gconstpointer data)
{
  const struct
  {
    const char *line;
    VtTask task;
  } rows[] = {
    { "-h", VT_TASK_HELP },
    { "--help", VT_TASK_HELP },
    { "-V", VT_TASK_VERSION },
    { "-D", VT_TASK_DUMP },
    { "-b help", VT_TASK_LIST_COMMANDS },
    { "-a ?", VT_TASK_LIST_COMMANDS },
    { "-b help,tune-apply", VT_TASK_RUN },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (VtOptions) options = parse_good (fixture, rows[i].line);

      g_assert_cmpint (options->task, ==, rows[i].task);
    }
}

static void
test_file (Fixture *fixture, gconstpointer data)
{
  g_autoptr (VtOptions) options = NULL;
  const VtConfiguration *configuration;

  write_conf (fixture,
              "[general]\nmethod=isa-serial\nverbose=1\nblock-rpcs=tune-apply, tune-verify\n"
              "odd=1\n[tune]\nprofile=virtual-guest\nmemory=off\nvcpus=off\n[what]\never=1\n");
  options
      = parse_good (fixture, "-c ROOT/conf -m unix-listen -p /x -b tune-rollback -b guest-ping");
  configuration = options->configuration;
  g_assert_cmpstr (configuration->method, ==, "unix-listen");
  g_assert_true (configuration->verbose);
  g_assert_cmpuint (g_strv_length (configuration->block), ==, 4);
  g_assert_cmpstr (configuration->block[1], ==, "tune-verify");
  g_assert_cmpstr (configuration->block[3], ==, "guest-ping");
  g_assert_cmpstr (configuration->profile, ==, "virtual-guest");
  g_assert_cmpstr (configuration->memory, ==, "off");
  g_assert_cmpstr (configuration->vcpus, ==, "off");
  g_assert_cmpuint (options->warnings->len, ==, 2);
  g_assert_nonnull (strstr (g_ptr_array_index (options->warnings, 0), "odd"));
  g_assert_nonnull (strstr (g_ptr_array_index (options->warnings, 1), "ever"));
}

/* Loading a dump gives the same configuration. */
static void
test_dump (Fixture *fixture, gconstpointer data)
{
  g_autoptr (VtOptions) options
      = parse_good (fixture, "-m isa-serial -p /dev/ttyS3 -v -b a,b -a c -l /log -t /s -f /p");
  g_autofree char *dump = vt_configuration_dump (options->configuration);
  g_autoptr (VtOptions) again = NULL;
  g_autofree char *second = NULL;

  g_assert_nonnull (strstr (dump, "block-rpcs=a,b\n"));
  write_conf (fixture, dump);
  again = parse_good (fixture, "-c ROOT/conf");
  second = vt_configuration_dump (again->configuration);
  g_assert_cmpstr (dump, ==, second);
}

/* The dump has the path also if it is the method's default. */
static void
test_dump_of_defaults (Fixture *fixture, gconstpointer data)
{
  g_autoptr (VtOptions) options = parse_good (fixture, "");
  g_autofree char *dump = vt_configuration_dump (options->configuration);

  g_assert_nonnull (strstr (dump, "\npath=/dev/virtio-ports/org.virt_tune.agent.0\n"));
}

/* --config wins over the environment, which wins over the default file. */
static void
test_environment (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->root, "conf", NULL);
  g_autofree char *other = g_build_filename (fixture->root, "other", NULL);

  write_conf (fixture, "[tune]\nprofile=named\n");
  g_assert_true (g_file_set_contents (other, "[tune]\nprofile=other\n", -1, NULL));

  g_setenv ("VIRT_TUNE_AGENT_CONF", path, TRUE);
  {
    g_autoptr (VtOptions) options = parse_good (fixture, "");

    g_assert_cmpstr (options->configuration->profile, ==, "named");
  }
  {
    g_autoptr (VtOptions) options = parse_good (fixture, "-c ROOT/other");

    g_assert_cmpstr (options->configuration->profile, ==, "other");
  }
  g_setenv ("VIRT_TUNE_AGENT_CONF", "/nonexistent/conf", TRUE);
  assert_bad (fixture, "", "/nonexistent/conf");
  g_setenv ("VIRT_TUNE_AGENT_CONF", "", TRUE);
  {
    g_autoptr (VtOptions) options = parse_good (fixture, "");

    g_assert_cmpstr (options->configuration->profile, ==, "");
  }
  g_unsetenv ("VIRT_TUNE_AGENT_CONF");
  g_assert_cmpint (g_unlink (other), ==, 0);
}

static void
test_bad (Fixture *fixture, gconstpointer data)
{
  assert_bad (fixture, "--bogus", "--bogus");
  assert_bad (fixture, "-x", "-x");
  assert_bad (fixture, "-m", "-m");
  assert_bad (fixture, "-m pigeon", "pigeon");
  assert_bad (fixture, "-m unix-listen", "path");
  assert_bad (fixture, "-t relative", "relative");
  assert_bad (fixture, "operand", "operand");
  assert_bad (fixture, "-c ROOT/absent", "absent");
  write_conf (fixture, "[tune]\nmemory=maybe\n");
  assert_bad (fixture, "-c ROOT/conf", "maybe");
  write_conf (fixture, "[tune]\nvcpus=perhaps\n");
  assert_bad (fixture, "-c ROOT/conf", "perhaps");
  write_conf (fixture, "[general]\nverbose=maybe\n");
  assert_bad (fixture, "-c ROOT/conf", "verbose");
  write_conf (fixture, "no key file\n");
  assert_bad (fixture, "-c ROOT/conf", "conf");
}

#define ADD(name, func) g_test_add (name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/options/defaults", test_defaults);
  ADD ("/options/letters", test_letters);
  ADD ("/options/tasks", test_tasks);
  ADD ("/options/file", test_file);
  ADD ("/options/dump", test_dump);
  ADD ("/options/dump-of-defaults", test_dump_of_defaults);
  ADD ("/options/environment", test_environment);
  ADD ("/options/bad", test_bad);
  return g_test_run ();
}
