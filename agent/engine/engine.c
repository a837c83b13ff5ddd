/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/engine/engine.h"

#include <time.h>
#include <unistd.h>

#include "agent/engine/engine-private.h"
#include "agent/engine/report.h"
#include "agent/engine/status.h"
#include "agent/engine/store.h"

#define BOOT_ID "proc/sys/kernel/random/boot_id"

/* Time asleep counts: who is away can't confirm. */
static gint64
now_boottime (gconstpointer data)
{
  struct timespec now = { 0 };

  clock_gettime (CLOCK_BOOTTIME, &now);

  return (gint64) now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

VtEngine *
vt_engine_new (const VtEngineOptions *options)
{
  VtEngine *engine = g_new0 (VtEngine, 1);

  engine->system = options->system;
  engine->tunables = options->tunables;
  engine->profiles = options->profiles;
  engine->base = options->base != NULL ? vt_settings_copy (options->base) : NULL;
  engine->folder = g_strdup (options->state_dir);
  engine->folder_fd = -1;
  engine->default_profile = g_strdup (options->default_profile);
  engine->attempts = vt_attempts_new ();
  engine->notes = g_ptr_array_new_with_free_func (g_free);
  engine->now = options->now != NULL ? options->now : now_boottime;
  engine->now_data = options->now_data;
  engine->events = options->events;
  engine->active = vt_active_new (NULL);
  g_mutex_init (&engine->lock);

  return engine;
}

void
vt_engine_free (VtEngine *engine)
{
  g_clear_pointer (&engine->base, vt_settings_free);
  g_clear_pointer (&engine->journal, vt_journal_free);
  vt_attempts_free (engine->attempts);
  g_ptr_array_unref (engine->notes);
  vt_active_unref (engine->active);
  g_clear_pointer (&engine->trial, vt_active_unref);
  g_mutex_clear (&engine->lock);
  if (engine->folder_fd >= 0)
    close (engine->folder_fd);
  g_free (engine->obstacle);
  g_free (engine->folder);
  g_free (engine->default_profile);
  g_free (engine->boot_id);
  g_free (engine);
}

VtActive *
vt_engine_ref_active (VtEngine *engine)
{
  VtActive *active;

  g_mutex_lock (&engine->lock);
  active = vt_active_ref (engine->active);
  g_mutex_unlock (&engine->lock);

  return active;
}

void
vt_engine_set_active (VtEngine *engine, VtActive *active)
{
  VtActive *old;

  g_mutex_lock (&engine->lock);
  old = engine->active;
  engine->active = active;
  g_mutex_unlock (&engine->lock);

  vt_active_unref (old);
}

gboolean
vt_engine_load (VtEngine *engine, GError **error)
{
  g_autoptr (VtJournal) journal = NULL;
  VtActive *active;

  if (engine->journal != NULL)
    return TRUE;
  if (engine->folder_fd < 0)
    engine->folder_fd = vt_store_take (engine->folder, error);
  if (engine->folder_fd < 0)
    return FALSE;

  /* Without an id of the boot (a fixture tree) all boots are one. */
  g_free (engine->boot_id);
  engine->boot_id = vt_kernel_fs_read (engine->system->fs, BOOT_ID, NULL);
  if (engine->boot_id == NULL)
    engine->boot_id = g_strdup ("");

  journal = vt_journal_open (engine->folder, engine->boot_id, error);
  if (journal == NULL)
    return FALSE;

  active = vt_active_load (engine->folder, engine->boot_id, engine->default_profile, error);
  if (active == NULL)
    return FALSE;

  vt_journal_skip_id (journal, active->apply_id);
  vt_engine_set_active (engine, active);
  engine->journal = g_steal_pointer (&journal);
  vt_engine_resume (engine);
  return TRUE;
}

GPtrArray *
vt_engine_list_warnings (VtEngine *engine)
{
  static const char *const names[] = { VT_ACTIVE_FILE, VT_JOURNAL_FILE };
  GPtrArray *warnings = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GPtrArray) damaged = vt_store_list_damaged (engine->folder, names[i]);

      for (guint j = 0; j < damaged->len; j++)
        g_ptr_array_add (warnings,
                         g_strdup_printf ("damaged state was set aside as %s; look at it and "
                                          "remove it",
                                          (const char *) g_ptr_array_index (damaged, j)));
    }

  if (engine->obstacle != NULL)
    g_ptr_array_add (warnings,
                     g_strdup_printf ("what is active is not in force: %s; it is tried again at "
                                      "each command and when devices come",
                                      engine->obstacle));

  return warnings;
}

void
vt_study_init (VtStudy *study, VtEngine *engine, const char *section, const char *device)
{
  *study = (VtStudy) {
    .attributes
    = vt_attributes_enumerate (engine->tunables, engine->system, section, device),
    .stack = {
      .base = engine->base,
      .active = vt_engine_get_effective (engine),
      .profiles = engine->profiles,
    },
    .question = {
      .system = engine->system,
      .tunables = engine->tunables,
      .hints = vt_engine_get_effective (engine)->hints,
      .records = vt_journal_get_records (engine->journal),
      .scope = VT_SCOPE_ALL,
    },
  };
  study->question.attributes = study->attributes;
}

void
vt_study_plan (VtStudy *study)
{
  study->question.wants = study->wants;
  study->question.previous = study->previous;
  study->question.named = study->named;
  study->plan = vt_plan_new (&study->question);
}

void
vt_study_clear (VtStudy *study)
{
  g_clear_pointer (&study->plan, vt_plan_free);
  g_clear_pointer (&study->wants, vt_wants_free);
  g_clear_pointer (&study->previous, vt_wants_free);
  g_clear_pointer (&study->named, vt_wants_free);
  g_clear_pointer (&study->attributes, vt_attributes_free);
}

gboolean
vt_engine_verify (VtEngine *engine, VtReport **ret, GError **error)
{
  g_autoptr (VtReport) report = vt_report_new ();
  g_auto (VtStudy) study = { NULL };

  if (!vt_engine_load (engine, error))
    return FALSE;

  vt_engine_catch_up (engine);
  vt_study_init (&study, engine, NULL, NULL);
  study.wants = vt_layers_stack (&study.stack, error);
  if (study.wants == NULL)
    return FALSE;

  vt_study_plan (&study);
  vt_report_add_plan (report, study.plan, VT_REPORT_VERIFY);

  *ret = g_steal_pointer (&report);
  return TRUE;
}

GPtrArray *
vt_engine_status (VtEngine *engine)
{
  g_auto (VtStudy) study = { NULL };
  gboolean complete;

  if (!vt_engine_load (engine, NULL))
    return g_ptr_array_new_with_free_func ((GDestroyNotify) vt_attribute_status_free);

  vt_engine_catch_up (engine);
  vt_study_init (&study, engine, NULL, NULL);
  study.wants = vt_layers_stack_what_loads (&study.stack, &complete);

  return vt_status_list (study.attributes, engine->system, study.wants, engine->journal);
}

char *
vt_engine_get_wanted (VtEngine *engine, const char *key)
{
  g_autoptr (VtSetting) name = vt_setting_new (key, "auto", FALSE, NULL);
  g_autoptr (VtWants) wants = NULL;
  VtAttribute probe = { 0 };
  VtStack stack = {
    .base = engine->base,
    .active = vt_engine_get_effective (engine),
    .profiles = engine->profiles,
  };
  const VtWant *want = NULL;
  gboolean complete;

  if (name == NULL)
    return NULL;

  wants = vt_layers_stack_what_loads (&stack, &complete);
  probe.key = name->key;
  probe.section = name->section;
  probe.device = name->selector;
  probe.name = name->name;

  if (!vt_wants_find (wants, &probe, &want, NULL) || want == NULL)
    return NULL;

  return g_strdup (want->setting->value);
}
