import MartletJSON

extension DescriptionSchemas {
    /// The requests of `pooling` that share fields.
    static let poolingRequests = ["EmbeddingRequest", "PoolingRequest", "ScoreRequest", "RerankRequest"]

    /// The fields that they share.
    static let sharedPoolingFields = #"""
        {
        "model": {"type": ["string", "null"], "description": "A name that the model answers to; by default the first."},
        "request_id": {"type": ["string", "null"], "minLength": 1, "maxLength": 256},
        "use_activation": {"type": ["boolean", "null"]},
        "truncate_prompt_tokens": {"type": ["integer", "null"], "minimum": -1},
        "truncation_side": {"enum": ["left", "right", null]},
        "add_special_tokens": {"type": ["boolean", "null"], "default": true},
        "user": {"type": ["string", "null"]}
        }
        """#

    /// The bodies and answers of the routes for vectors and scores.
    static let pooling = #"""
        {
        "Texts": {"anyOf": [{"type": "string"}, {"type": "array", "minItems": 1, "items": {"anyOf": [{"type": "string"},
            {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}]}}]},
        "EmbeddingRequest": {"type": "object", "properties": {
            "input": {"$ref": "#/components/schemas/Prompts"},
            "messages": {"type": ["array", "null"], "items": {"$ref": "#/components/schemas/ChatMessage"}},
            "encoding_format": {"enum": ["float", "base64", "bytes", "bytes_only", null]},
            "embed_dtype": {"enum": ["float32", "float16", "bfloat16", "fp8_e4m3", "fp8_e5m2", null]},
            "endianness": {"enum": ["native", "little", "big", null]},
            "prompt_name": {"type": ["string", "null"]},
            "dimensions": {"type": ["integer", "null"], "minimum": 1}}},
        "PoolingRequest": {"type": "object", "properties": {
            "input": {"$ref": "#/components/schemas/Prompts"},
            "messages": {"type": ["array", "null"], "items": {"$ref": "#/components/schemas/ChatMessage"}},
            "task": {"enum": ["embed", "classify", "score", "token_embed", "token_classify", "plugin", null]},
            "encoding_format": {"enum": ["float", "base64", "bytes", "bytes_only", null]},
            "embed_dtype": {"enum": ["float32", "float16", "bfloat16", "fp8_e4m3", "fp8_e5m2", null]},
            "endianness": {"enum": ["native", "little", "big", null]},
            "dimensions": {"type": ["integer", "null"], "minimum": 1}}},
        "ScoreRequest": {"type": "object", "properties": {
            "text_1": {"$ref": "#/components/schemas/Texts"}, "text_2": {"$ref": "#/components/schemas/Texts"},
            "queries": {"$ref": "#/components/schemas/Texts"}, "documents": {"$ref": "#/components/schemas/Texts"},
            "items": {"$ref": "#/components/schemas/Texts"},
            "data_1": {"$ref": "#/components/schemas/Texts"}, "data_2": {"$ref": "#/components/schemas/Texts"}}},
        "RerankRequest": {"type": "object", "required": ["query", "documents"], "properties": {
            "query": {"type": "string"}, "documents": {"$ref": "#/components/schemas/Texts"},
            "top_n": {"type": ["integer", "null"], "minimum": 0}}},
        "PoolingUsage": {"type": "object", "required": ["prompt_tokens", "total_tokens"], "properties": {
            "prompt_tokens": {"type": "integer"}, "total_tokens": {"type": "integer"}}},
        "Numbers": {"anyOf": [{"type": "string"}, {"type": "array"}]},
        "Embeddings": {"type": "object", "required": ["object", "data", "model", "usage"], "properties": {
            "object": {"const": "list"}, "model": {"type": "string"},
            "data": {"type": "array", "items": {"type": "object", "required": ["index", "object", "embedding"],
                "properties": {"index": {"type": "integer"}, "object": {"const": "embedding"},
                "embedding": {"$ref": "#/components/schemas/Numbers"}}}},
            "usage": {"$ref": "#/components/schemas/PoolingUsage"}}},
        "Pooled": {"type": "object", "required": ["id", "object", "created", "model", "data", "usage"], "properties": {
            "id": {"type": "string"}, "object": {"const": "list"}, "created": {"type": "integer"},
            "model": {"type": "string"},
            "data": {"type": "array", "items": {"type": "object", "required": ["index", "object", "data"],
                "properties": {"index": {"type": "integer"}, "object": {"const": "pooling"},
                "data": {"$ref": "#/components/schemas/Numbers"}}}},
            "usage": {"$ref": "#/components/schemas/PoolingUsage"}}},
        "Classes": {"type": "object", "required": ["id", "object", "created", "model", "data", "usage"], "properties": {
            "id": {"type": "string"}, "object": {"const": "list"}, "created": {"type": "integer"},
            "model": {"type": "string"},
            "data": {"type": "array", "items": {"type": "object", "required": ["index", "label", "probs", "num_classes"],
                "properties": {"index": {"type": "integer"}, "label": {"type": ["string", "null"]},
                "probs": {"type": "array", "items": {"type": ["number", "null"]}}, "num_classes": {"type": "integer"}}}},
            "usage": {"$ref": "#/components/schemas/PoolingUsage"}}},
        "Scores": {"type": "object", "required": ["id", "object", "created", "model", "data", "usage"], "properties": {
            "id": {"type": "string"}, "object": {"const": "list"}, "created": {"type": "integer"},
            "model": {"type": "string"},
            "data": {"type": "array", "items": {"type": "object", "required": ["index", "object", "score"],
                "properties": {"index": {"type": "integer"}, "object": {"const": "score"},
                "score": {"type": ["number", "null"]}}}},
            "usage": {"$ref": "#/components/schemas/PoolingUsage"}}},
        "Ranking": {"type": "object", "required": ["id", "model", "usage", "results"], "properties": {
            "id": {"type": "string"}, "model": {"type": "string"},
            "results": {"type": "array", "items": {"type": "object",
                "required": ["index", "document", "relevance_score"], "properties": {"index": {"type": "integer"},
                "document": {"type": "object"}, "relevance_score": {"type": ["number", "null"]}}}},
            "usage": {"$ref": "#/components/schemas/PoolingUsage"}}}
        }
        """#
}
