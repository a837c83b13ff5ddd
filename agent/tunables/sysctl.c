/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "agent/neighbours/sysctl-files.h"
#include "agent/tunables/kernel-attribute.h"
#include "agent/tunables/tunables.h"

/*
 * The sysctls that may be tuned, as sysctl(8) spells them, with the ranges of
 * admin-guide/sysctl/{vm,kernel,net,fs} and networking/ip-sysctl. The agent
 * writes no other file in /proc/sys, whatever a profile asks. Some of these
 * exist only in newer kernels, some only in older ones. A range is the widest
 * of all kernels (ipv4_net_table of net/ipv4/sysctl_net_ipv4.c,
 * sched_core_sysctls of kernel/sched/core.c): the running kernel refuses values
 * that it does not support. LATE: another attribute changes it, so that it is
 * written after that one (side-effects.c).
 */

#define BYTE_MOST G_MAXUINT8 /* the kernel keeps one byte and checks nothing else */
#define INT_MOST  G_MAXINT32 /* INT_MAX of the kernel */
#define LONG_MOST G_MAXINT64 /* LONG_MAX of the kernel */

#define SYSCTLS(NUMBER, NUMBERS, LATE)                                                             \
  NUMBER ("vm.swappiness", 0, 200)                                                                 \
  /* Two pages at least. */                                                                        \
  NUMBER ("vm.dirty_bytes", 8192, LONG_MOST)                                                       \
  NUMBER ("vm.dirty_ratio", 0, 100)                                                                \
  NUMBER ("vm.dirty_background_bytes", 1, LONG_MOST)                                               \
  NUMBER ("vm.dirty_background_ratio", 0, 100)                                                     \
  NUMBER ("vm.dirty_expire_centisecs", 0, INT_MOST)                                                \
  NUMBER ("vm.dirty_writeback_centisecs", 0, INT_MOST)                                             \
  NUMBER ("vm.dirtytime_expire_seconds", 0, INT_MOST)                                              \
  NUMBER ("vm.vfs_cache_pressure", 0, INT_MOST)                                                    \
  LATE ("vm.min_free_kbytes", 0, INT_MOST)                                                         \
  NUMBER ("vm.watermark_scale_factor", 1, 3000)                                                    \
  NUMBER ("vm.watermark_boost_factor", 0, INT_MOST)                                                \
  NUMBER ("vm.max_map_count", 0, INT_MOST)                                                         \
  NUMBER ("vm.overcommit_memory", 0, 2)                                                            \
  NUMBER ("vm.overcommit_kbytes", 1, LONG_MOST)                                                    \
  NUMBER ("vm.overcommit_ratio", 0, INT_MOST)                                                      \
  NUMBER ("vm.zone_reclaim_mode", 0, INT_MOST)                                                     \
  NUMBER ("vm.stat_interval", 1, INT_MOST)                                                         \
  NUMBER ("vm.page-cluster", 0, 31)                                                                \
  NUMBER ("vm.compaction_proactiveness", 0, 100)                                                   \
  NUMBER ("vm.extfrag_threshold", 0, 1000)                                                         \
  NUMBER ("vm.admin_reserve_kbytes", 0, LONG_MOST)                                                 \
  NUMBER ("vm.user_reserve_kbytes", 0, LONG_MOST)                                                  \
  NUMBER ("net.core.somaxconn", 0, INT_MOST)                                                       \
  NUMBER ("net.core.netdev_max_backlog", 0, INT_MOST)                                              \
  NUMBER ("net.core.netdev_budget", 0, INT_MOST)                                                   \
  NUMBER ("net.core.netdev_budget_usecs", 0, INT_MOST)                                             \
  NUMBER ("net.core.dev_weight", 1, INT_MOST)                                                      \
  NUMBER ("net.core.rmem_default", 2304, INT_MOST)                                                 \
  NUMBER ("net.core.rmem_max", 2304, INT_MOST)                                                     \
  NUMBER ("net.core.wmem_default", 4608, INT_MOST)                                                 \
  NUMBER ("net.core.wmem_max", 4608, INT_MOST)                                                     \
  NUMBER ("net.core.optmem_max", 0, INT_MOST)                                                      \
  NUMBER ("net.core.busy_poll", 0, INT_MOST)                                                       \
  NUMBER ("net.core.busy_read", 0, INT_MOST)                                                       \
  NUMBERS ("net.ipv4.tcp_rmem", 1, INT_MOST, 3)                                                    \
  NUMBERS ("net.ipv4.tcp_wmem", 1, INT_MOST, 3)                                                    \
  NUMBERS ("net.ipv4.tcp_mem", 0, LONG_MOST, 3)                                                    \
  NUMBERS ("net.ipv4.udp_mem", 0, LONG_MOST, 3)                                                    \
  NUMBER ("net.ipv4.udp_rmem_min", 1, INT_MOST)                                                    \
  NUMBER ("net.ipv4.udp_wmem_min", 1, INT_MOST)                                                    \
  NUMBERS ("net.ipv4.ip_local_port_range", 1, 65535, 2)                                            \
  NUMBER ("net.ipv4.tcp_autocorking", 0, 1)                                                        \
  NUMBER ("net.ipv4.tcp_ecn", 0, 5)                                                                \
  NUMBER ("net.ipv4.tcp_fastopen", 0, INT_MOST)                                                    \
  NUMBER ("net.ipv4.tcp_fin_timeout", 0, INT_MOST / 1000)                                          \
  NUMBER ("net.ipv4.tcp_keepalive_intvl", 0, INT_MOST / 1000)                                      \
  NUMBER ("net.ipv4.tcp_keepalive_probes", 0, BYTE_MOST)                                           \
  NUMBER ("net.ipv4.tcp_keepalive_time", 0, INT_MOST / 1000)                                       \
  NUMBER ("net.ipv4.tcp_limit_output_bytes", 0, INT_MOST)                                          \
  NUMBER ("net.ipv4.tcp_low_latency", 0, INT_MOST)                                                 \
  NUMBER ("net.ipv4.tcp_max_syn_backlog", 0, INT_MOST)                                             \
  NUMBER ("net.ipv4.tcp_max_tw_buckets", 0, INT_MOST)                                              \
  NUMBER ("net.ipv4.tcp_moderate_rcvbuf", 0, BYTE_MOST)                                            \
  NUMBER ("net.ipv4.tcp_mtu_probing", 0, BYTE_MOST)                                                \
  NUMBER ("net.ipv4.tcp_no_metrics_save", 0, BYTE_MOST)                                            \
  NUMBER ("net.ipv4.tcp_notsent_lowat", 0, G_MAXUINT32)                                            \
  NUMBER ("net.ipv4.tcp_sack", 0, BYTE_MOST)                                                       \
  NUMBER ("net.ipv4.tcp_slow_start_after_idle", 0, BYTE_MOST)                                      \
  NUMBER ("net.ipv4.tcp_syn_retries", 1, 127)                                                      \
  NUMBER ("net.ipv4.tcp_synack_retries", 0, 255)                                                   \
  NUMBER ("net.ipv4.tcp_syncookies", 0, BYTE_MOST)                                                 \
  NUMBER ("net.ipv4.tcp_timestamps", 0, BYTE_MOST)                                                 \
  NUMBER ("net.ipv4.tcp_tw_reuse", 0, 2)                                                           \
  NUMBER ("net.ipv4.tcp_window_scaling", 0, BYTE_MOST)                                             \
  NUMBER ("net.ipv4.neigh.default.gc_thresh1", 0, INT_MOST)                                        \
  NUMBER ("net.ipv4.neigh.default.gc_thresh2", 0, INT_MOST)                                        \
  NUMBER ("net.ipv4.neigh.default.gc_thresh3", 0, INT_MOST)                                        \
  NUMBER ("kernel.hung_task_timeout_secs", 0, LONG_MOST / 1000)                                    \
  LATE ("kernel.nmi_watchdog", 0, 1)                                                               \
  NUMBER ("kernel.numa_balancing", 0, 4)                                                           \
  NUMBER ("kernel.pid_max", 301, 4194304)                                                          \
  NUMBER ("kernel.sched_autogroup_enabled", 0, 1)                                                  \
  NUMBER ("kernel.sched_cfs_bandwidth_slice_us", 1, INT_MOST)                                      \
  NUMBER ("kernel.sched_latency_ns", 100000, 1000000000)                                           \
  NUMBER ("kernel.sched_migration_cost_ns", 0, INT_MOST)                                           \
  NUMBER ("kernel.sched_min_granularity_ns", 100000, 1000000000)                                   \
  NUMBER ("kernel.sched_nr_migrate", 0, INT_MOST)                                                  \
  NUMBER ("kernel.sched_rt_period_us", 1, INT_MOST)                                                \
  NUMBER ("kernel.sched_rt_runtime_us", -1, INT_MOST)                                              \
  NUMBER ("kernel.sched_wakeup_granularity_ns", 0, 1000000000)                                     \
  NUMBER ("kernel.threads-max", 20, INT_MOST)                                                      \
  NUMBER ("kernel.timer_migration", 0, 1)                                                          \
  NUMBER ("kernel.watchdog", 0, 1)                                                                 \
  NUMBER ("kernel.watchdog_thresh", 0, 60)                                                         \
  NUMBER ("fs.aio-max-nr", 0, LONG_MOST)                                                           \
  NUMBER ("fs.file-max", 0, LONG_MOST)                                                             \
  NUMBER ("fs.inotify.max_user_instances", 0, INT_MOST)                                            \
  NUMBER ("fs.inotify.max_user_watches", 0, INT_MOST)

#define NUMBER_ROW(name_, min_, max_)                                                              \
  { .name = name_, .kind = VT_KERNEL_NUMBER, .min = min_, .max = max_, .rank = VT_RANK_PLAIN },
#define NUMBERS_ROW(name_, min_, max_, columns_)                                                   \
  { .name = name_,                                                                                 \
    .kind = VT_KERNEL_NUMBERS,                                                                     \
    .min = min_,                                                                                   \
    .max = max_,                                                                                   \
    .columns = columns_,                                                                           \
    .rank = VT_RANK_PLAIN },
#define LATE_ROW(name_, min_, max_)                                                                \
  { .name = name_, .kind = VT_KERNEL_NUMBER, .min = min_, .max = max_, .rank = VT_RANK_LATE },
#define NAME(name_, ...) name_,

static const VtKernelRow rows[] = { SYSCTLS (NUMBER_ROW, NUMBERS_ROW, LATE_ROW) };
static const char *const names[] = { SYSCTLS (NAME, NAME, NAME) NULL };

/* sysctl(8): dots separate folders. No folder in this table has a dot in its own name. */
static char *
get_path (const char *name)
{
  g_autofree char *tail = g_strdelimit (g_strdup (name), ".", '/');

  return g_strconcat ("proc/sys/", tail, NULL);
}

/* The file that sets the sysctl, or the other one of its pair: a write of one sets that to 0. */
static const char *
find_file (const VtSysctlFiles *files, const VtAttribute *attribute)
{
  const char *path = vt_sysctl_files_find (files, attribute->name);

  return path == NULL && attribute->counterpart != NULL
             ? vt_sysctl_files_find (files, strchr (attribute->counterpart, '/') + 1)
             : path;
}

static void
sysctl_enumerate (const VtSystem *system, const char *device, GPtrArray *attributes)
{
  g_autoptr (VtSysctlFiles) files = NULL;

  if (device == NULL && system->reapply_sysctl)
    files = vt_sysctl_files_read (system->fs);

  for (guint i = 0; i < G_N_ELEMENTS (rows) && device == NULL; i++)
    {
      g_autofree char *path = get_path (rows[i].name);
      VtAttribute *attribute;

      if (!vt_kernel_fs_exists (system->fs, path))
        continue;

      attribute = vt_kernel_attribute_new (&rows[i], "sysctl", NULL, NULL, path);
      attribute->claimed_by = files != NULL ? g_strdup (find_file (files, attribute)) : NULL;
      g_ptr_array_add (attributes, attribute);
    }
}

const VtTunable vt_tunable_sysctl = {
  .section = "sysctl",
  .names = names,
  .enumerate = sysctl_enumerate,
};
