/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The front of the engine: each call does what is due first, then hands over to an operation. */

#include "config.h"

#include "agent/engine/engine.h"

#include <time.h>

#include "agent/engine/context.h"
#include "agent/engine/operations.h"
#include "agent/engine/report.h"
#include "agent/state/state.h"
#include "protocol/error.h"

struct VtEngine
{
  VtContext context;
  VtSettings *base; /* may be NULL */
  gboolean resumed; /* what an earlier process left was looked at */
  GPtrArray *notes; /* of char *: what that has shown; for the report of the start */
  gboolean pending; /* the active settings are still to be applied */
  char *obstacle;   /* why they could not be, for people; NULL: nothing has failed */
  VtEngineEvents events;
  gint64 (*now) (gconstpointer data);
  gconstpointer now_data;
};

/* CLOCK_BOOTTIME counts suspend: a confirm deadline also passes while the guest sleeps. */
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

  engine->base = options->base != NULL ? vt_settings_copy (options->base) : NULL;
  engine->context = (VtContext){
    .system = options->system,
    .tunables = options->tunables,
    .profiles = options->profiles,
    .base = engine->base,
    .state
    = vt_state_new (options->state_dir, options->volatile_state_dir, options->default_profile),
    .drift = vt_drift_new (),
    .refusals = vt_refusals_new (),
  };
  engine->notes = g_ptr_array_new_with_free_func (g_free);
  engine->now = options->now != NULL ? options->now : now_boottime;
  engine->now_data = options->now_data;
  engine->events = options->events;

  return engine;
}

void
vt_engine_free (VtEngine *engine)
{
  vt_state_free (engine->context.state);
  vt_drift_free (engine->context.drift);
  vt_refusals_free (engine->context.refusals);
  g_clear_pointer (&engine->base, vt_settings_free);
  g_ptr_array_unref (engine->notes);
  g_free (engine->obstacle);
  g_free (engine);
}

static gint64
get_now (const VtEngine *engine)
{
  return engine->now (engine->now_data);
}

static void
log_notes (const GPtrArray *notes)
{
  for (guint i = 0; i < notes->len; i++)
    g_message ("%s", (const char *) g_ptr_array_index (notes, i));
}

/* Remembers that the active settings could not be applied, and why; later calls try again. */
static void
mark_pending (VtEngine *engine, const GError *fault)
{
  engine->pending = TRUE;
  g_free (engine->obstacle);
  engine->obstacle = g_strdup (fault->message);
}

static void
clear_pending (VtEngine *engine)
{
  engine->pending = FALSE;
  g_clear_pointer (&engine->obstacle, g_free);
}

/* Reads the stored state, and finishes or undoes what an earlier process left; the first time. */
static gboolean
load (VtEngine *engine, GError **error)
{
  const VtContext *context = &engine->context;
  g_autofree char *boot_id = NULL;

  if (engine->resumed)
    return TRUE;

  /* A fixture tree has no boot id: all its boots are one. */
  boot_id = vt_kernel_fs_read (context->system->fs, VT_BOOT_ID, NULL);
  if (!vt_state_load (context->state, boot_id != NULL ? boot_id : "", error))
    return FALSE;

  vt_run_resume (context, get_now (engine), engine->notes);
  engine->resumed = TRUE;
  return TRUE;
}

static gboolean
is_provisional (const VtEngine *engine)
{
  const VtChange *change = vt_state_get_change (engine->context.state);

  return change != NULL && change->provisional != NULL;
}

/* Returns: the id of the provisional apply that was undone; 0: none was due. */
static guint64
expire_if_due (VtEngine *engine, GPtrArray *notes)
{
  g_autoptr (VtReport) report = vt_report_new ();
  guint64 id = vt_run_expire (&engine->context, get_now (engine), report, notes);

  if (id != 0 && engine->events.expired != NULL)
    engine->events.expired (id, report, engine->events.data);

  return id;
}

/* FALSE: they could not be applied. While a provisional apply waits, TRUE: they are applied later.
 */
static gboolean
apply_active (VtEngine *engine, gboolean early, VtReport *report, GError **error)
{
  g_autoptr (GError) fault = NULL;

  if (load (engine, &fault))
    {
      vt_report_add_ignored (report, engine->notes);
      g_ptr_array_set_size (engine->notes, 0);
      if (is_provisional (engine))
        return TRUE;
      if (vt_run_start (&engine->context, early, report, &fault))
        {
          clear_pending (engine);
          return TRUE;
        }
    }

  mark_pending (engine, fault);
  g_propagate_error (error, g_steal_pointer (&fault));
  return FALSE;
}

static void
retry_pending (VtEngine *engine)
{
  g_autoptr (VtReport) report = NULL;

  if (!engine->pending || is_provisional (engine))
    return;

  report = vt_report_new ();
  if (apply_active (engine, FALSE, report, NULL) && engine->events.applied_late != NULL)
    engine->events.applied_late (report, engine->events.data);
}

/* What every call that uses the state does first. *@ret_expired: the id of the provisional apply
 * that was undone; may be NULL. */
static gboolean
begin_call (VtEngine *engine, guint64 *ret_expired, GError **error)
{
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  guint64 expired;

  if (!load (engine, error))
    return FALSE;

  expired = expire_if_due (engine, notes);
  log_notes (notes);
  retry_pending (engine);
  if (ret_expired != NULL)
    *ret_expired = expired;

  return TRUE;
}

/* FALSE (VT_ERROR_BUSY): a provisional apply waits. */
static gboolean
check_not_provisional (VtEngine *engine, GError **error)
{
  g_autoptr (VtProvisionalStatus) status = vt_engine_get_provisional (engine);

  if (status == NULL)
    return TRUE;

  return vt_error_set (error, VT_ERROR_BUSY,
                       "Apply %" G_GUINT64_FORMAT " waits to be confirmed for %" G_GINT64_FORMAT
                       " s more",
                       status->apply_id, MAX (0, status->left / G_USEC_PER_SEC));
}

gboolean
vt_engine_start (VtEngine *engine, VtReport **ret, GError **error)
{
  g_autoptr (VtReport) report = vt_report_new ();
  g_autoptr (GPtrArray) warnings = NULL;

  engine->pending = TRUE;
  if (!apply_active (engine, TRUE, report, error))
    return FALSE;

  warnings = vt_engine_list_warnings (engine);
  vt_report_add_ignored (report, warnings);
  *ret = g_steal_pointer (&report);
  return TRUE;
}

gboolean
vt_engine_apply (VtEngine *engine, const VtApplyRequest *request, VtReport **ret, GError **error)
{
  g_autoptr (VtReport) report = vt_report_new ();
  gboolean done;

  if (!begin_call (engine, NULL, error) || !check_not_provisional (engine, error))
    return FALSE;

  done = vt_run_apply (&engine->context, request, get_now (engine), report, error);
  *ret = g_steal_pointer (&report);
  return done;
}

gboolean
vt_engine_confirm (VtEngine *engine, guint64 id, GError **error)
{
  guint64 expired = 0;

  if (!begin_call (engine, &expired, error))
    return FALSE;
  if (expired != 0)
    return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT,
                         "Apply %" G_GUINT64_FORMAT " was not confirmed in time and was undone",
                         expired);
  if (!vt_run_confirm (&engine->context, id, error))
    return FALSE;

  retry_pending (engine);
  return TRUE;
}

guint64
vt_engine_expire (VtEngine *engine, GPtrArray *notes)
{
  guint64 id = expire_if_due (engine, notes);

  if (id != 0)
    retry_pending (engine);

  return id;
}

VtProvisionalStatus *
vt_engine_get_provisional (VtEngine *engine)
{
  g_autoptr (VtProvisional) provisional = vt_state_get_provisional (engine->context.state);
  VtProvisionalStatus *status;

  if (provisional == NULL)
    return NULL;

  status = g_new (VtProvisionalStatus, 1);
  status->apply_id = provisional->apply_id;
  status->deadline = provisional->deadline;
  status->left = provisional->deadline - get_now (engine);
  status->active = vt_active_ref (provisional->active);

  return status;
}

gboolean
vt_engine_verify (VtEngine *engine, VtReport **ret, GError **error)
{
  g_autoptr (VtReport) report = vt_report_new ();

  if (!begin_call (engine, NULL, error) || !vt_run_verify (&engine->context, report, error))
    return FALSE;

  *ret = g_steal_pointer (&report);
  return TRUE;
}

/* What is pending is not tried first: the roll-back takes it out of force. */
gboolean
vt_engine_rollback (VtEngine *engine, VtReport **ret, GError **error)
{
  g_autoptr (VtReport) report = vt_report_new ();

  if (!load (engine, error) || !vt_run_rollback (&engine->context, report, error))
    return FALSE;

  clear_pending (engine);
  *ret = g_steal_pointer (&report);
  return TRUE;
}

gboolean
vt_engine_converge (VtEngine *engine,
                    const char *section,
                    const char *device,
                    gboolean early,
                    VtReport **ret,
                    GError **error)
{
  g_autoptr (VtReport) report = vt_report_new ();
  g_autoptr (GError) fault = NULL;

  if (!begin_call (engine, NULL, error) || !check_not_provisional (engine, error))
    return FALSE;
  if (!vt_run_converge (&engine->context, section, device, early, report, &fault))
    {
      mark_pending (engine, fault);
      g_propagate_error (error, g_steal_pointer (&fault));
      return FALSE;
    }

  *ret = g_steal_pointer (&report);
  return TRUE;
}

void
vt_engine_forget (VtEngine *engine, const char *section, const char *device)
{
  g_autoptr (GError) fault = NULL;

  vt_drift_forget (engine->context.drift, section, device);
  if (load (engine, &fault) && !is_provisional (engine))
    vt_run_forget (&engine->context, section, device);
}

GPtrArray *
vt_engine_status (VtEngine *engine)
{
  if (!begin_call (engine, NULL, NULL))
    return g_ptr_array_new_with_free_func ((GDestroyNotify) vt_attribute_status_free);

  return vt_run_status (&engine->context);
}

VtActive *
vt_engine_ref_active (VtEngine *engine)
{
  return vt_state_ref_active (engine->context.state);
}

GPtrArray *
vt_engine_list_warnings (VtEngine *engine)
{
  GPtrArray *warnings = vt_state_list_warnings (engine->context.state);

  vt_run_check_profiles (&engine->context, warnings);
  vt_run_check_hints (&engine->context, warnings);
  if (engine->obstacle != NULL)
    g_ptr_array_add (warnings,
                     g_strdup_printf ("the active settings are not in force: %s; the agent tries "
                                      "again at each command and when devices are added",
                                      engine->obstacle));

  return warnings;
}

char *
vt_engine_get_wanted (VtEngine *engine, const char *key)
{
  return vt_run_get_wanted (&engine->context, key);
}
