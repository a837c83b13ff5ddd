/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/engine/engine.h"

#include "agent/engine/active.h"
#include "agent/engine/attempts.h"
#include "agent/engine/journal.h"
#include "agent/engine/layers.h"
#include "agent/engine/matching.h"
#include "agent/engine/plan.h"
#include "agent/engine/report.h"
#include "agent/engine/status.h"
#include "agent/engine/store.h"
#include "agent/engine/transaction.h"
#include "protocol/error.h"

#define BOOT_ID "proc/sys/kernel/random/boot_id"

struct VtEngine
{
  const VtSystem *system;
  const VtTunable *const *tunables;
  const VtProfileStore *profiles;
  VtSettings *base; /* may be NULL */
  char *folder;
  char *default_profile;
  char *boot_id;
  VtJournal *journal; /* NULL: not loaded yet */
  VtAttempts *attempts;
  GMutex lock; /* of active, which any thread may ask for */
  VtActive *active;
};

VtEngine *
vt_engine_new (const VtEngineOptions *options)
{
  VtEngine *engine = g_new0 (VtEngine, 1);

  engine->system = options->system;
  engine->tunables = options->tunables;
  engine->profiles = options->profiles;
  engine->base = options->base != NULL ? vt_settings_copy (options->base) : NULL;
  engine->folder = g_strdup (options->state_dir);
  engine->default_profile = g_strdup (options->default_profile);
  engine->attempts = vt_attempts_new ();
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
  vt_active_unref (engine->active);
  g_mutex_clear (&engine->lock);
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

/* Takes @active. */
static void
set_active (VtEngine *engine, VtActive *active)
{
  VtActive *old;

  g_mutex_lock (&engine->lock);
  old = engine->active;
  engine->active = active;
  g_mutex_unlock (&engine->lock);

  vt_active_unref (old);
}

/* Reads the stored state, the first time it is needed. */
static gboolean
load (VtEngine *engine, GError **error)
{
  g_autoptr (VtJournal) journal = NULL;
  VtActive *active;

  if (engine->journal != NULL)
    return TRUE;
  if (!vt_store_prepare (engine->folder, error))
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

  set_active (engine, active);
  engine->journal = g_steal_pointer (&journal);
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

  return warnings;
}

static VtAttributes *
enumerate (const VtEngine *engine, const char *section, const char *device)
{
  return vt_attributes_enumerate (engine->tunables, engine->system, section, device);
}

static VtStack
stack_of (const VtEngine *engine, const VtActive *active)
{
  return (VtStack){ .base = engine->base, .active = active, .profiles = engine->profiles };
}

static VtPlanRequest
request_of (const VtEngine *engine, const VtAttributes *attributes, const VtWants *wants)
{
  return (VtPlanRequest){
    .system = engine->system,
    .tunables = engine->tunables,
    .attributes = attributes,
    .wants = wants,
    .records = vt_journal_get_records (engine->journal),
    .scope = VT_SCOPE_ALL,
  };
}

typedef struct
{
  VtEngine *engine;
  VtActive *next; /* owned until stored */
} Commit;

static gboolean
commit_active (gpointer data, GError **error)
{
  Commit *commit = data;
  VtEngine *engine = commit->engine;

  if (!vt_active_equal (commit->next, engine->active)
      && !vt_active_save (commit->next, engine->folder, engine->boot_id, error))
    return FALSE;

  set_active (engine, g_steal_pointer (&commit->next));
  vt_attempts_reset (engine->attempts);
  return TRUE;
}

/* Carries @plan out; @next (consumed) becomes the active state with it, NULL: the state stays. */
static gboolean
run_plan (
    VtEngine *engine, VtPlan *plan, gboolean lenient, VtActive *next, guint64 id, GError **error)
{
  Commit commit = { engine, next };
  VtTransaction transaction = {
    .system = engine->system,
    .journal = engine->journal,
    .items = plan->items,
    .id = id,
    .lenient = lenient,
    .commit = next != NULL ? commit_active : NULL,
    .data = &commit,
  };
  gboolean done = vt_transaction_run (&transaction, error);

  g_clear_pointer (&commit.next, vt_active_unref);
  return done;
}

gboolean
vt_engine_start (VtEngine *engine, VtReport **ret, GError **error)
{
  g_autoptr (VtReport) report = vt_report_new ();
  g_autoptr (GPtrArray) warnings = NULL;
  g_autoptr (VtAttributes) attributes = NULL;
  g_autoptr (VtWants) wants = NULL;
  g_autoptr (GPtrArray) gone = NULL;
  g_autoptr (VtPlan) plan = NULL;
  VtPlanRequest request;
  VtStack stack;
  gboolean complete;

  if (!load (engine, error))
    return FALSE;

  warnings = vt_engine_list_warnings (engine);
  vt_report_add_ignored (report, warnings);

  attributes = enumerate (engine, NULL, NULL);
  vt_transaction_recover (engine->journal, attributes, engine->system, report->ignored);
  gone = vt_matching_all (engine->journal, attributes);

  stack = stack_of (engine, engine->active);
  stack.ignored = report->ignored;
  wants = vt_layers_stack_what_loads (&stack, &complete);
  request = request_of (engine, attributes, wants);
  request.restore = complete;
  plan = vt_plan_new (&request);

  if (!run_plan (engine, plan, TRUE, NULL, 0, error))
    return FALSE;

  vt_report_add_plan (report, plan, VT_REPORT_APPLY);
  *ret = g_steal_pointer (&report);
  return TRUE;
}

gboolean
vt_engine_apply (VtEngine *engine, const VtApplyRequest *request, VtReport **ret, GError **error)
{
  g_autoptr (VtReport) report = vt_report_new ();
  g_autoptr (VtActive) next = NULL;
  g_autoptr (VtAttributes) attributes = NULL;
  g_autoptr (VtWants) wants = NULL;
  g_autoptr (VtWants) previous = NULL;
  g_autoptr (GPtrArray) gone = NULL;
  g_autoptr (VtPlan) plan = NULL;
  VtPlanRequest question;
  VtStack stack;
  gboolean complete;

  if (!load (engine, error))
    return FALSE;

  stack = stack_of (engine, engine->active);
  previous = vt_layers_stack_what_loads (&stack, &complete);

  next = vt_active_with (engine->active, request);
  stack = stack_of (engine, next);
  stack.request = request;
  stack.ignored = request->profile != NULL ? report->ignored : NULL;
  wants = vt_layers_stack (&stack, error);
  if (wants == NULL)
    return FALSE;

  attributes = enumerate (engine, NULL, NULL);
  gone = vt_matching_all (engine->journal, attributes);
  question = request_of (engine, attributes, wants);
  question.previous = previous;
  question.restore = TRUE;
  question.allow_absent = request->allow_absent;
  if (request->profile != NULL || request->settings != NULL)
    question.scope = VT_SCOPE_CHANGED;

  plan = vt_plan_new (&question);
  if (!vt_plan_check (plan, error))
    return FALSE;

  report->dry_run = request->dry_run;
  if (!request->dry_run)
    {
      report->apply_id = vt_journal_take_id (engine->journal);
      if (!run_plan (engine, plan, FALSE, g_steal_pointer (&next), report->apply_id, error))
        return FALSE;
    }

  vt_report_add_plan (report, plan, request->dry_run ? VT_REPORT_DRY_RUN : VT_REPORT_APPLY);
  *ret = g_steal_pointer (&report);
  return TRUE;
}

gboolean
vt_engine_verify (VtEngine *engine, VtReport **ret, GError **error)
{
  g_autoptr (VtReport) report = vt_report_new ();
  g_autoptr (VtAttributes) attributes = NULL;
  g_autoptr (VtWants) wants = NULL;
  g_autoptr (VtPlan) plan = NULL;
  VtPlanRequest request;
  VtStack stack;

  if (!load (engine, error))
    return FALSE;

  stack = stack_of (engine, engine->active);
  wants = vt_layers_stack (&stack, error);
  if (wants == NULL)
    return FALSE;

  attributes = enumerate (engine, NULL, NULL);
  request = request_of (engine, attributes, wants);
  plan = vt_plan_new (&request);
  vt_report_add_plan (report, plan, VT_REPORT_VERIFY);

  *ret = g_steal_pointer (&report);
  return TRUE;
}

gboolean
vt_engine_rollback (VtEngine *engine, VtReport **ret, GError **error)
{
  g_autoptr (VtReport) report = vt_report_new ();
  g_autoptr (VtActive) next = vt_active_new_rolled_back ();
  g_autoptr (VtAttributes) attributes = NULL;
  g_autoptr (VtWants) wants = NULL;
  g_autoptr (GPtrArray) gone = NULL;
  g_autoptr (VtPlan) plan = NULL;
  VtPlanRequest request;
  VtStack stack;

  if (!load (engine, error))
    return FALSE;

  stack = stack_of (engine, next);
  wants = vt_layers_stack (&stack, error);
  if (wants == NULL)
    return FALSE;

  attributes = enumerate (engine, NULL, NULL);
  gone = vt_matching_all (engine->journal, attributes);
  request = request_of (engine, attributes, wants);
  request.restore = TRUE;
  request.ours_only = TRUE;
  plan = vt_plan_new (&request);

  report->apply_id = vt_journal_take_id (engine->journal);
  if (!run_plan (engine, plan, TRUE, g_steal_pointer (&next), report->apply_id, error))
    return FALSE;

  vt_report_add_plan (report, plan, VT_REPORT_ROLLBACK);
  vt_report_add_gone (report, gone);
  *ret = g_steal_pointer (&report);
  return TRUE;
}

/* What the kernel or we made of it is put right; what others insist on is told. */
static void
stand_down (VtEngine *engine, VtPlan *plan)
{
  for (guint i = 0; i < plan->items->len; i++)
    {
      VtItem *item = g_ptr_array_index (plan->items, i);
      const VtRecord *known = vt_journal_get (engine->journal, item->record->key);
      const gboolean evaluated_anew
          = item->known && g_strcmp0 (known->wanted, item->record->wanted) != 0;

      if (item->verdict == VT_VERDICT_WRITE && !item->restores && !evaluated_anew)
        item->verdict = VT_VERDICT_DRIFT;
    }
}

static gboolean
may_put_right (VtEngine *engine,
               const VtAttributes *attributes,
               const char *section,
               const char *device)
{
  const VtAttribute *first;

  if (device == NULL || attributes->list->len == 0)
    return TRUE;

  first = g_ptr_array_index (attributes->list, 0);
  return vt_attempts_take (engine->attempts, section, device, vt_attribute_identity (first));
}

gboolean
vt_engine_converge (
    VtEngine *engine, const char *section, const char *device, VtReport **ret, GError **error)
{
  g_autoptr (VtReport) report = vt_report_new ();
  g_autoptr (VtAttributes) attributes = NULL;
  g_autoptr (VtWants) wants = NULL;
  g_autoptr (VtPlan) plan = NULL;
  VtPlanRequest request;
  VtStack stack;
  gboolean complete;

  if (!load (engine, error))
    return FALSE;

  stack = stack_of (engine, engine->active);
  wants = vt_layers_stack_what_loads (&stack, &complete);
  attributes = enumerate (engine, section, device);
  if (section != NULL)
    vt_matching_some (engine->journal, attributes, section, device);

  request = request_of (engine, attributes, wants);
  request.partial = TRUE;
  request.scope = section != NULL ? VT_SCOPE_ALL : VT_SCOPE_AUTOMATIC;
  plan = vt_plan_new (&request);
  if (!may_put_right (engine, attributes, section, device))
    stand_down (engine, plan);

  if (!run_plan (engine, plan, TRUE, NULL, 0, error))
    return FALSE;

  vt_report_add_plan (report, plan, VT_REPORT_APPLY);
  *ret = g_steal_pointer (&report);
  return TRUE;
}

void
vt_engine_forget (VtEngine *engine, const char *section, const char *device)
{
  g_autoptr (VtAttributes) attributes = NULL;
  g_autoptr (GError) fault = NULL;

  vt_attempts_forget (engine->attempts, section, device);
  if (!load (engine, &fault))
    return;

  /* Another may bear its name by now: only what is not there goes. */
  attributes = enumerate (engine, section, device);
  vt_matching_some (engine->journal, attributes, section, device);
  if (!vt_journal_settle (engine->journal, &fault))
    g_message ("%s", fault->message);
}

GPtrArray *
vt_engine_status (VtEngine *engine)
{
  g_autoptr (VtAttributes) attributes = NULL;
  g_autoptr (VtWants) wants = NULL;
  VtStack stack;
  gboolean complete;

  if (!load (engine, NULL))
    return g_ptr_array_new_with_free_func ((GDestroyNotify) vt_attribute_status_free);

  stack = stack_of (engine, engine->active);
  wants = vt_layers_stack_what_loads (&stack, &complete);
  attributes = enumerate (engine, NULL, NULL);

  return vt_status_list (attributes, engine->system, wants, engine->journal);
}

char *
vt_engine_get_wanted (VtEngine *engine, const char *key)
{
  g_autoptr (VtSetting) name = vt_setting_new (key, "auto", FALSE, NULL);
  g_autoptr (VtWants) wants = NULL;
  VtAttribute probe = { 0 };
  const VtWant *want = NULL;
  VtStack stack;
  gboolean complete;

  if (name == NULL)
    return NULL;

  stack = stack_of (engine, engine->active);
  wants = vt_layers_stack_what_loads (&stack, &complete);
  probe.key = name->key;
  probe.section = name->section;
  probe.device = name->selector;
  probe.name = name->name;

  if (!vt_wants_find (wants, &probe, &want, NULL) || want == NULL)
    return NULL;

  return g_strdup (want->setting->value);
}
