// The flags of vLLM for several devices and for their kernels.
extension FlagTable {
    static let parallel: [FlagRule] =
        FlagRule.rules(
            .only(["1"]),
            "this server computes in one process; run one for each machine",
            """
            --pipeline-parallel-size -pp N
            --tensor-parallel-size -tp N
            --decode-context-parallel-size -dcp N
            --prefill-context-parallel-size -pcp N
            --data-parallel-size -dp N
            --data-parallel-size-local -dpl N
            --nnodes -n N
            """
        )
        + FlagRule.rules(
            .only(["0"]),
            "this server computes in one process; run one for each machine",
            """
            --node-rank -r N
            --data-parallel-rank -dpn N
            --data-parallel-start-rank -dpr N
            --ubatch-size N
            """
        )
        + FlagRule.rules(
            .only(["mp", "uni"]),
            "this server computes in one process",
            "--distributed-executor-backend N"
        )
        + FlagRule.rules(
            .refused,
            "this server computes in one process; run one for each machine",
            """
            --data-parallel-hybrid-lb -dph
            --data-parallel-external-lb -dpe
            --data-parallel-multi-port-external-lb -dpm
            --enable-elastic-ep
            --elastic-ep-max-dp-size N
            --enable-fault-tolerance
            --device-ids N
            """
        )
        + FlagRule.rules(
            .ignored,
            "one process has nothing to share out or to talk over",
            """
            --master-addr N
            --master-port N
            --distributed-timeout-seconds N
            --cpu-distributed-timeout-seconds N
            --dcp-comm-backend N
            --dcp-q-replicate
            --dcp-kv-cache-interleave-size N
            --cp-kv-cache-interleave-size N
            --data-parallel-address -dpa N
            --data-parallel-rpc-port -dpp N
            --data-parallel-backend -dpb N
            --enable-hc-sp
            --enable-expert-parallel -ep
            --enable-batch-sharded-sampling
            --enable-ep-weight-filter
            --all2all-backend N
            --enable-dbo
            --enable-shm-tensor-arena
            --dbo-decode-token-threshold N
            --dp-sync-interval N
            --dbo-prefill-token-threshold N
            --disable-nccl-for-dp-synchronization
            --enable-eplb
            --eplb-config N
            --expert-placement-strategy N
            --max-parallel-loading-workers N
            --ray-workers-use-nsight
            --disable-custom-all-reduce
            --fault-tolerance-config N
            """
        )
        + FlagRule.rules(
            .ignored,
            "threads run where the process may; start it under numactl or taskset",
            """
            --numa-bind
            --numa-bind-nodes N...
            --numa-bind-cpus N...
            """
        )

    static let devices: [FlagRule] =
        FlagRule.rules(
            .ignored,
            "it tunes kernels or graphs of other devices",
            """
            --enforce-eager
            --gdn-prefill-backend N
            --kda-prefill-backend N
            --kda-decode-backend N
            --attention-backend N
            --attention-config -ac N
            --compilation-config -cc N
            --kernel-config N
            --ir-op-priority N
            --moe-backend N
            --linear-backend N
            --sparse-indexer-topk-backend N
            --enable-flashinfer-autotune
            --cudagraph-capture-sizes N...
            --max-cudagraph-capture-size N
            --cudagraph-metrics
            --enable-layerwise-nvtx-tracing
            --jit-monitor-mode N
            --jit-monitor-verbose
            --disable-cascade-attn
            --enable-cumem-allocator
            --enable-nccl-comm-suspend
            --optimization-level N
            --performance-mode N
            """
        )
}
