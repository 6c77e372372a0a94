/// How llama.cpp's kinds of `tokenizer.ggml.pre` cut text for byte-pair models, and what else they imply.
struct GGMLPreTokenizer: Sendable {
    /// Cut text one after the other; what lies between matches is a piece too.
    let patterns: [String]
    /// Whether a piece that is a token is not merged.
    var ignoresMerges = false
    /// Whether a file that does not say it asks for the beginning-of-sequence token.
    var addsBOS = false
    /// Whether a file that does not say it asks for the separator.
    var addsSeparator = false
    /// Whether text is taken as it is, with visible spaces, and not as stand-ins of its bytes.
    var isPlainText = false

    private init(
        _ patterns: [String],
        ignoresMerges: Bool = false,
        addsBOS: Bool = false,
        addsSeparator: Bool = false,
        isPlainText: Bool = false
    ) {
        self.patterns = patterns
        self.ignoresMerges = ignoresMerges
        self.addsBOS = addsBOS
        self.addsSeparator = addsSeparator
        self.isPlainText = isPlainText
    }

    /// The kind of this name; `nil` for one that is not known.
    init?(named name: String) {
        guard let known = Self.byName[name] else { return nil }
        self = known
    }

    /// GPT-2's expression; single spaces that it leaves are pieces by themselves.
    private static let gpt2Pieces =
        #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)"#

    private static let bailingmoe = [
        #"'(?:[sSdDmMtT]|[lL][lL]|[vV][eE]|[rR][eE])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]"#
            + #"+[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"#
    ]

    private static let bloom = [
        #" ?[^(\s|.,!?\#u{2026}\#u{3002}\#u{FF0C}\#u{3001}\#u{964}\#u{6D4}\#u{60C})]+"#
    ]

    private static let chameleon = [
        #"<sentinel:[0-9]+>"#,
        #"(IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z"#,
        #"([\t\n]|    |  )"#,
        #"\p{N}"#,
        #"[\p{P}!-/:-@\[-`{-~]"#,
        gpt2Pieces,
    ]

    private static let chatglm4 = [
        #"(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,"#
            + #"3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    ]

    private static let codeshell = [
        #"\p{N}"#,
        gpt2Pieces,
    ]

    private static let deepseek3Llm = [
        #"\p{N}{1,3}"#,
        #"[\#u{4E00}-\#u{9FA5}\#u{3040}-\#u{309F}\#u{30A0}-\#u{30FF}]+"#,
        ##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\##r\##n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p"##
            + #"{P}\p{S}]+[\#r\#n]*|\s*[\#r\#n]+|\s+(?!\S)|\s+"#,
    ]

    private static let deepseekCoder = [
        #"[\#r\#n]"#,
        #"\s?\p{L}+"#,
        #"\s?\p{P}+"#,
        #"[\#u{4E00}-\#u{9FA5}\#u{800}-\#u{4E00}\#u{AC00}-\#u{D7FF}]+"#,
        #"\p{N}"#,
    ]

    private static let deepseekLlm = [
        #"[\#r\#n]"#,
        #"\s?[A-Za-z\#u{B5}\#u{C0}-\#u{D6}\#u{D8}-\#u{F6}\#u{F8}-\#u{1BA}\#u{1BC}-\#u{1BF}\#u{1C4}-"#
            + #"\#u{293}\#u{295}-\#u{2AF}\#u{370}-\#u{373}\#u{376}\#u{377}\#u{37B}-\#u{37D}\#u{37F}\#u{386}"#
            + #"\#u{388}-\#u{38A}\#u{38C}\#u{38E}-\#u{3A1}\#u{3A3}-\#u{3F5}\#u{3F7}-\#u{481}\#u{48A}-"#
            + #"\#u{52F}\#u{531}-\#u{556}\#u{10A0}-\#u{10C5}\#u{13A0}-\#u{13F5}\#u{13F8}-\#u{13FD}\#u{1C90}"#
            + #"-\#u{1CBA}\#u{1CBD}-\#u{1CBF}\#u{1D00}-\#u{1D2B}\#u{1D6B}-\#u{1D77}\#u{1D79}-\#u{1D9A}"#
            + #"\#u{1E00}-\#u{1F15}\#u{1F18}-\#u{1F1D}\#u{1F20}-\#u{1F45}\#u{1F48}-\#u{1F4D}\#u{1F50}-"#
            + #"\#u{1F57}\#u{1F59}\#u{1F5B}\#u{1F5D}\#u{1F5F}-\#u{1F7D}\#u{1F80}-\#u{1FB4}\#u{1FB6}-"#
            + #"\#u{1FBC}\#u{1FBE}\#u{1FC2}-\#u{1FC4}\#u{1FC6}-\#u{1FCC}\#u{1FD0}-\#u{1FD3}\#u{1FD6}-"#
            + #"\#u{1FDB}\#u{1FE0}-\#u{1FEC}\#u{1FF2}-\#u{1FF4}\#u{1FF6}-\#u{1FFC}\#u{2102}\#u{2107}"#
            + #"\#u{210A}-\#u{2113}\#u{2115}\#u{2119}-\#u{211D}\#u{2124}\#u{2126}\#u{2128}\#u{212A}-"#
            + #"\#u{212D}\#u{212F}-\#u{2134}\#u{2139}\#u{213C}-\#u{213F}\#u{2145}-\#u{2149}\#u{214E}"#
            + #"\#u{2183}\#u{2184}\#u{2C00}-\#u{2C7B}\#u{2C7E}-\#u{2CE4}\#u{2CEB}-\#u{2CEE}\#u{2CF2}"#
            + #"\#u{2CF3}\#u{A640}-\#u{A66D}\#u{A680}-\#u{A69B}\#u{A722}-\#u{A76F}\#u{A771}-\#u{A787}"#
            + #"\#u{A78B}-\#u{A78E}\#u{AB70}-\#u{ABBF}\#u{FB00}-\#u{FB06}\#u{FB13}-\#u{FB17}\#u{FF21}-"#
            + #"\#u{FF3A}\#u{FF41}-\#u{FF5A}\#u{10400}-\#u{1044F}\#u{104B0}-\#u{104D3}\#u{104D8}-\#u{104FB}"#
            + #"\#u{10C80}-\#u{10CB2}\#u{10CC0}-\#u{10CF2}\#u{118A0}-\#u{118DF}\#u{1E900}-\#u{1E943}]+"#,
        #"\s?[!-/:-~\#u{FF01}-\#u{FF0F}\#u{FF1A}-\#u{FF5E}\#u{2018}-\#u{201F}\#u{3000}-\#u{3002}]+"#,
        #"\s+$"#,
        #"[\#u{4E00}-\#u{9FA5}\#u{800}-\#u{4E00}\#u{AC00}-\#u{D7FF}]+"#,
        #"\p{N}+"#,
    ]

    private static let fallback = [
        #"[\p{P}\$\+<=>\^~\|]+"#,
        gpt2Pieces,
        #"\p{N}+"#,
        #"[0-9][0-9][0-9]"#,
    ]

    private static let falcon = [
        #"[\p{P}\$\+<=>\^~\|`]+"#,
        gpt2Pieces,
        #"[0-9][0-9][0-9]"#,
    ]

    private static let gemma4 = [
        #"[^\n]+|[\n]+"#
    ]

    private static let gpt2 = [
        gpt2Pieces
    ]

    private static let gpt4o = [
        #"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?:'[sS]|'[tT]|"#
            + #"'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M"#
            + #"}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])?|\p{"#
            + #"N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    ]

    private static let grok2 = [
        #"(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?"#
            + #"[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    ]

    private static let jais2 = [
        #"(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,"#
            + #"3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s{512}(?!\S)|\s{256}(?!\S)|\s{128}(?!\S)|\s{64}(?!"#
            + #"\S)|\s{32}(?!\S)|\s{16}(?!\S)|\s{8}(?!\S)|\s{4}(?!\S)|\s{1,2}(?!\S)|\s{1}"#
    ]

    private static let laguna = [
        #"[^\n]+|[\n]+"#,
        #"(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?"#
            + #"[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#,
    ]

    private static let minicpm5 = [
        #"\p{N}{1,3}"#,
        #"(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}+| "#
            + #"?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#,
    ]

    private static let qwen35 = [
        #"(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p"#
            + #"{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    ]

    private static let seedCoder = [
        #"(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1}"#
            + #"| ?[^\s\p{L}\p{N}\r\n]+|\s*[\r\n]+|\s+(?!\S)|\s+"#
    ]

    private static let spark25 = [
        #"\p{N}{1,3}"#,
        #"[\#u{4E00}-\#u{9FA5}\#u{3040}-\#u{309F}\#u{30A0}-\#u{30FF}]+"#,
        ##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\##r\##n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p"##
            + #"{P}\p{S}]+|[\#r\#n]|\s+(?!\S)|\s+"#,
        #"\p{N}"#,
    ]

    private static let tekken = [
        #"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{"#
            + #"N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n"#
            + #"/]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    ]

    private static let tinyAya = [
        #"\d{1,3}(?=(?:\d{3})*\b)"#,
        #"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?:'[sS]|'[tT]|"#
            + #"'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M"#
            + #"}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])?|\p{"#
            + #"N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"#,
    ]

    private static let ufakzeka = [
        #"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    ]

    private static let viking = [
        #" ?[^(\s|.,!?\#u{2026}\#u{3002}\#u{FF0C}\#u{3001}\#u{964}\#u{6D4}\#u{60C})]+"#,
        #"\p{N}"#,
    ]

    private static let whitespace = [
        #"\S+"#
    ]

    private static let youtu = [
        #"[\#u{AC00}-\#u{D7A3}\#u{3131}-\#u{318E}]+|[\#u{FF01}\#u{2026}\#u{201C}\#u{201D}\#u{2018}"#
            + #"\#u{2019}\#u{2014}\#u{FF1A}\#u{FF1B}\#u{FF0C}\#u{3001}-\#u{303F}\#u{FE30}-\#u{FE4F}]+|["#
            + #"\#u{3105}-\#u{312F}]+|[\#u{4E00}-\#u{9FA5}\#u{3040}-\#u{309F}\#u{30A0}-\#u{30FF}]+"#,
        #"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?:'[sS]|'[tT]|"#
            + #"'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M"#
            + #"}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])?|\p{"#
            + #"N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"#,
    ]

    private static let byName: [String: GGMLPreTokenizer] = {
        var kinds: [String: GGMLPreTokenizer] = [:]
        func add(_ kind: GGMLPreTokenizer, _ names: String...) {
            for name in names { kinds[name] = kind }
        }
        add(GGMLPreTokenizer(fallback), "default")
        add(GGMLPreTokenizer(minicpm5, ignoresMerges: true), "minicpm5")
        add(
            GGMLPreTokenizer(chatglm4, ignoresMerges: true, addsBOS: true),
            "llama3",
            "llama-v3",
            "llama-bpe",
            "falcon3",
            "falcon-h1",
            "pixtral",
            "midm-2.0",
            "lfm2",
            "jina-v5-nano"
        )
        add(GGMLPreTokenizer(deepseekLlm), "deepseek-llm")
        add(GGMLPreTokenizer(deepseekCoder), "deepseek-coder")
        add(GGMLPreTokenizer(deepseek3Llm), "deepseek-v3")
        add(GGMLPreTokenizer(spark25), "spark2_5")
        add(GGMLPreTokenizer(youtu, ignoresMerges: true), "youtu")
        add(GGMLPreTokenizer(falcon), "falcon")
        add(GGMLPreTokenizer(gpt2), "mpt")
        add(GGMLPreTokenizer(codeshell), "starcoder")
        add(
            GGMLPreTokenizer(gpt2),
            "gpt-2",
            "phi-2",
            "jina-es",
            "jina-de",
            "gigachat",
            "jina-v2-es",
            "jina-v2-de",
            "a.x-4.0",
            "mellum",
            "modern-bert",
            "exaone4"
        )
        add(GGMLPreTokenizer(jais2), "jais-2")
        add(GGMLPreTokenizer(gemma4, ignoresMerges: true, isPlainText: true), "gemma4", "granite-embed-multi-311m")
        add(GGMLPreTokenizer(gemma4, isPlainText: true), "sarvam-moe")
        add(GGMLPreTokenizer(gpt2, addsSeparator: true), "jina-v1-en", "jina-v2-code", "roberta-bpe")
        add(GGMLPreTokenizer(whitespace, isPlainText: true), "whitespace")
        add(GGMLPreTokenizer(codeshell), "refact")
        add(GGMLPreTokenizer(codeshell), "command-r")
        add(GGMLPreTokenizer(grok2), "qwen2", "deepseek-r1-qwen", "kormo", "f2llmv2", "megrez")
        add(GGMLPreTokenizer(qwen35), "qwen35")
        add(GGMLPreTokenizer(grok2), "stablelm2")
        add(GGMLPreTokenizer(gpt2), "olmo")
        add(GGMLPreTokenizer(chatglm4), "dbrx")
        add(GGMLPreTokenizer(chatglm4), "smaug-bpe")
        add(GGMLPreTokenizer(bloom), "poro-chat")
        add(GGMLPreTokenizer(chatglm4), "chatglm-bpe")
        add(GGMLPreTokenizer(chatglm4, ignoresMerges: true), "glm4", "glm5")
        add(GGMLPreTokenizer(viking), "viking")
        add(GGMLPreTokenizer(gpt2), "jais")
        add(GGMLPreTokenizer(tekken, ignoresMerges: true, addsBOS: true), "tekken")
        add(GGMLPreTokenizer(codeshell), "smollm")
        add(GGMLPreTokenizer(codeshell), "codeshell")
        add(GGMLPreTokenizer(bloom), "bloom")
        add(GGMLPreTokenizer(bloom), "gpt3-finnish")
        add(GGMLPreTokenizer(codeshell), "exaone")
        add(GGMLPreTokenizer(chameleon, addsBOS: true), "chameleon")
        add(GGMLPreTokenizer(codeshell), "minerva-7b")
        add(GGMLPreTokenizer(gpt4o), "gpt-4o", "llama4", "kanana2", "talkie")
        add(GGMLPreTokenizer(tinyAya), "tiny_aya", "cohere2moe")
        add(GGMLPreTokenizer(gpt2), "trillion")
        add(GGMLPreTokenizer(gpt2), "granite-docling")
        add(GGMLPreTokenizer(bailingmoe), "bailingmoe", "bailingmoe2", "llada-moe")
        add(GGMLPreTokenizer(seedCoder), "seed-coder")
        add(GGMLPreTokenizer(grok2), "hunyuan")
        add(GGMLPreTokenizer(deepseek3Llm), "hunyuan-dense")
        add(GGMLPreTokenizer(deepseek3Llm), "hy_v4")
        add(GGMLPreTokenizer(deepseek3Llm), "joyai-llm")
        add(GGMLPreTokenizer(ufakzeka), "ufakzeka")
        add(GGMLPreTokenizer(grok2), "grok-2")
        add(GGMLPreTokenizer(laguna), "laguna")
        add(GGMLPreTokenizer(gpt4o), "minimax-m2")
        add(GGMLPreTokenizer(grok2), "solar-open")
        add(GGMLPreTokenizer(codeshell), "mellum2")
        return kinds
    }()
}
