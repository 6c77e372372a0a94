// The model's, the cache's and the loader's flags of vLLM that have no option here.
extension FlagTable {
    static let model: [FlagRule] =
        FlagRule.rules(
            .only(["auto", "hf"]),
            "the tokenizer is read from tokenizer.json or the model's own file",
            "--tokenizer-mode N"
        )
        + FlagRule.rules(.ignored, "no code of a model's folder is ever run", "--trust-remote-code\n--code-revision N")
        + FlagRule.rules(
            .ignored,
            "there is one implementation of each architecture",
            "--model-impl N"
        )
        + FlagRule.rules(.only(["auto", "hf"]), "the configuration is read from config.json", "--config-format N")
        + FlagRule.rules(
            .members([:]),
            "change config.json in a copy of the folder",
            "--hf-overrides N\n--model-class-overrides N"
        )
        + FlagRule.rules(
            .refused,
            "it is not implemented",
            """
            --hf-config-path N
            --tokenizer-revision N
            --quantization-config N
            --enable-return-routed-experts
            --return-sampling-mask
            --skip-tokenizer-init
            --enable-prompt-embeds
            """
        )
        + FlagRule.rules(
            .refused,
            "the window is part of the model, whose answers would be others",
            "--disable-sliding-window"
        )
        + FlagRule.rules(.ignored, "there is no list of old formats", "--allow-deprecated-quantization")
        + FlagRule.rules(
            .ignored,
            "sleep needs no preparation; --enable-admin-routes offers its routes",
            """
            --enable-sleep-mode
            --sleep-mode-offload-cudagraph
            --sleep-preserve-parameter-names N...
            """
        )
        + FlagRule.rules(.ignored, "draws are computed the same way everywhere", "--use-fp64-gumbel")

    static let loading: [FlagRule] =
        FlagRule.rules(
            .only(["auto", "safetensors", "gguf"]),
            "weights are read from safetensors or GGUF files",
            "--load-format N"
        )
        + FlagRule.rules(
            .ignored,
            "weights are mapped, not copied",
            """
            --safetensors-load-strategy N
            --safetensors-prefetch-num-threads N
            --safetensors-prefetch-block-size N
            --pt-load-map-location N
            """
        )
        + FlagRule.rules(
            .ignored,
            "only the files that are needed are downloaded",
            "--ignore-patterns N..."
        )
        + FlagRule.rules(.members([:]), "the loader has no further settings", "--model-loader-extra-config N")

    static let cache: [FlagRule] =
        FlagRule.rules(
            .refused,
            "use --kv-cache-memory-bytes",
            "--num-gpu-blocks-override N"
        )
        + FlagRule.rules(
            .ignored,
            "blocks are found by a hash of 128 bits with a key of this process",
            "--prefix-caching-hash-algo N"
        )
        + FlagRule.rules(
            .refused,
            "it is not implemented",
            """
            --prefix-match-unit N
            --kv-cache-dtype-skip-layers N...
            --kv-sharing-fast-prefill
            --kv-offloading-size N
            --kv-transfer-config N
            --kv-events-config N
            --ec-transfer-config N
            --weight-transfer-config N
            """
        )
        + FlagRule.rules(.ignored, "it belongs to --kv-offloading-size", "--kv-offloading-backend N")
        + FlagRule.rules(
            .only(["0"]),
            "cached blocks stay until their place is needed",
            "--prefix-cache-retention-interval N"
        )
        + FlagRule.rules(
            .ignored,
            "no served model keeps such a state",
            """
            --swa-bounded-replay
            --mamba-backend N
            --mamba-ssu-algorithm N
            --enable-mamba-cache-stochastic-rounding
            --mamba-cache-philox-rounds N
            --mamba-cache-dtype N
            --mamba-ssm-cache-dtype N
            --mamba-block-size N
            --mamba-cache-mode N
            --enable-mamba-shared-prefix-checkpoint
            --replayssm-buffer-len N
            --use-replayssm
            """
        )
        + FlagRule.rules(
            .ignored,
            "weights are in the machine's memory already",
            """
            --offload-backend N
            --cpu-offload-gb N
            --cpu-offload-params N...
            --offload-group-size N
            --offload-num-in-group N
            --offload-prefetch-step N
            --offload-params N...
            """
        )

    static let adapters: [FlagRule] =
        FlagRule.rules(.refused, "adapters are not implemented", "--enable-lora")
        + FlagRule.rules(
            .ignored,
            "it belongs to --enable-lora",
            """
            --max-loras N
            --max-lora-rank N
            --lora-dtype N
            --enable-tower-connector-lora
            --max-cpu-loras N
            --fully-sharded-loras
            --lora-target-modules N...
            --default-mm-loras N
            --specialize-active-lora
            --enable-mixed-moe-lora-format
            --enable-moe-shared-loras
            --max-lora-cls-labels N
            """
        )

    static let media: [FlagRule] =
        FlagRule.rules(
            .ignored,
            "this server takes text only",
            """
            --allowed-local-media-path N
            --allowed-media-domains N...
            --language-model-only
            --limit-mm-per-prompt N
            --media-io-kwargs N
            --mm-processor-kwargs N
            --mm-processor-cache-gb N
            --mm-processor-cache-type N
            --mm-hasher-algorithm N
            --mm-shm-cache-max-object-size-mb N
            --mm-encoder-tp-mode N
            --mm-encoder-attn-backend N
            --mm-encoder-attn-dtype N
            --mm-encoder-fp8-scale-path N
            --mm-encoder-fp8-scale-save-path N
            --mm-encoder-fp8-scale-save-margin N
            --interleave-mm-strings
            --skip-mm-profiling
            --video-pruning-rate N
            --video-pruning-method N
            --mm-tensor-ipc N
            --mm-processor-device N
            --mm-ipc-gpu-memory-gb N
            --mm-device-do-normalize
            --ec-manager-config N
            """
        )
        + FlagRule.rules(.refused, "this server takes text only", "--enable-mm-embeds\n--mm-encoder-only")
}
