import MartletJSON

/// The schemas of bodies and answers.
enum DescriptionSchemas {
    /// All, by name.
    static let all: JSONObject = {
        var all = JSONObject()
        for text in [requests, answers, pooling] {
            // the texts are part of the program and parse, which a test shows
            for member in ((try? JSONParser.parse(text))?.object ?? JSONObject()).members {
                all[member.key] = member.value
            }
        }
        add(sharedFields, to: ["ChatCompletionRequest", "CompletionRequest"], of: &all)
        add(sharedPoolingFields, to: poolingRequests, of: &all)
        return all
    }()

    private static func add(_ fields: String, to names: [String], of all: inout JSONObject) {
        let shared = ((try? JSONParser.parse(fields))?.object ?? JSONObject()).members
        for name in names {
            guard var schema = all[name]?.object, var properties = schema["properties"]?.object else { continue }
            for member in shared { properties[member.key] = member.value }
            schema["properties"] = .object(properties)
            all[name] = .object(schema)
        }
    }

    /// Refers to a schema.
    static func reference(_ name: String) -> JSONValue { ["$ref": .string("#/components/schemas/\(name)")] }

    /// The fields that chats and completions share.
    private static let sharedFields = #"""
        {
        "model": {"type": ["string", "null"], "description": "A name that the model answers to; by default the first."},
        "stream": {"type": ["boolean", "null"], "default": false},
        "stream_options": {"type": ["object", "null"], "properties": {
            "include_usage": {"type": ["boolean", "null"]}, "continuous_usage_stats": {"type": ["boolean", "null"]}}},
        "temperature": {"type": ["number", "null"], "minimum": 0, "maximum": 2},
        "top_p": {"type": ["number", "null"], "exclusiveMinimum": 0, "maximum": 1},
        "top_k": {"type": ["integer", "null"], "minimum": -1},
        "min_p": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
        "presence_penalty": {"type": ["number", "null"], "minimum": -2, "maximum": 2},
        "frequency_penalty": {"type": ["number", "null"], "minimum": -2, "maximum": 2},
        "repetition_penalty": {"type": ["number", "null"], "exclusiveMinimum": 0},
        "seed": {"type": ["integer", "null"], "description": "Keys the draws; -1 is none."},
        "n": {"type": "integer", "minimum": 1, "maximum": 128, "default": 1},
        "max_tokens": {"type": ["integer", "null"], "minimum": 0},
        "best_of": {"type": ["integer", "null"], "minimum": 1},
        "min_tokens": {"type": ["integer", "null"], "minimum": 0},
        "stop": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}, {"type": "null"}]},
        "stop_token_ids": {"type": ["array", "null"], "items": {"type": "integer"}},
        "include_stop_str_in_output": {"type": ["boolean", "null"], "default": false},
        "ignore_eos": {"type": ["boolean", "null"], "default": false},
        "logit_bias": {"type": ["object", "null"], "additionalProperties": {"type": "number"}},
        "allowed_token_ids": {"type": ["array", "null"], "items": {"type": "integer"}},
        "bad_words": {"type": ["array", "null"], "items": {"type": "string"}},
        "skip_special_tokens": {"type": ["boolean", "null"], "default": true},
        "spaces_between_special_tokens": {"type": ["boolean", "null"], "default": true},
        "echo": {"type": ["boolean", "null"], "default": false},
        "return_token_ids": {"type": ["boolean", "null"]},
        "request_id": {"type": ["string", "null"], "minLength": 1, "maxLength": 256},
        "cache_salt": {"type": ["string", "null"], "minLength": 1, "maxLength": 128},
        "priority": {"type": ["integer", "null"], "default": 0},
        "user": {"type": ["string", "null"]},
        "response_format": {"type": ["object", "null"], "properties": {
            "type": {"enum": ["text", "json_object", "json_schema", "structural_tag"]}}},
        "structured_outputs": {"type": ["object", "null"], "properties": {
            "json": {"type": ["object", "string", "null"]}, "regex": {"type": ["string", "null"]},
            "choice": {"type": ["array", "null"], "items": {"type": "string"}},
            "grammar": {"type": ["string", "null"]}, "json_object": {"type": ["boolean", "null"]},
            "structural_tag": {"type": ["string", "null"]}}},
        "guided_json": {"type": ["object", "string", "null"]},
        "guided_regex": {"type": ["string", "null"]},
        "guided_choice": {"type": ["array", "null"], "items": {"type": "string"}},
        "guided_grammar": {"type": ["string", "null"]},
        "guided_json_object": {"type": ["boolean", "null"]},
        "guided_whitespace_pattern": {"type": ["string", "null"]},
        "structural_tag": {"type": ["string", "null"]},
        "prompt_logprobs": {"type": ["integer", "null"], "minimum": -1},
        "return_tokens_as_token_ids": {"type": ["boolean", "null"]},
        "stream_interval": {"type": ["integer", "null"], "minimum": 1},
        "truncate_prompt_tokens": {"type": ["integer", "null"], "minimum": -1},
        "repetition_detection": {"type": ["object", "null"]},
        "session_id": {"type": ["string", "null"]},
        "truncation_side": {"enum": ["left", "right", null]},
        "include_reasoning": {"type": ["boolean", "null"], "default": true},
        "length_penalty": {"type": ["number", "null"]}
        }
        """#

    private static let requests = #"""
        {
        "ChatMessage": {"type": "object", "required": ["role"], "properties": {
            "role": {"type": "string"},
            "content": {"anyOf": [{"type": "string"}, {"type": "null"}, {"type": "array", "items": {"type": "object",
                "properties": {"type": {"enum": ["text", "input_text", "output_text", "refusal"]},
                "text": {"type": "string"}, "refusal": {"type": "string"}}}}]},
            "name": {"type": ["string", "null"]},
            "tool_call_id": {"type": ["string", "null"]},
            "tool_calls": {"type": ["array", "null"], "items": {"type": "object"}},
            "reasoning": {"type": ["string", "null"]}}},
        "Tool": {"type": "object", "required": ["type", "function"], "properties": {
            "type": {"const": "function"},
            "function": {"$ref": "#/components/schemas/Function"}}},
        "Function": {"type": "object", "required": ["name"], "properties": {
            "name": {"type": "string"}, "description": {"type": ["string", "null"]},
            "parameters": {"type": ["object", "null"]}, "strict": {"type": ["boolean", "null"]}}},
        "ChatCompletionRequest": {"type": "object", "required": ["messages"], "properties": {
            "messages": {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/ChatMessage"}},
            "max_completion_tokens": {"type": ["integer", "null"], "minimum": 0},
            "thinking_token_budget": {"type": ["integer", "null"], "minimum": -1},
            "logprobs": {"type": ["boolean", "null"], "default": false},
            "top_logprobs": {"type": ["integer", "null"], "minimum": -1, "default": 0},
            "return_prompt_text": {"type": ["boolean", "null"]},
            "tools": {"type": ["array", "null"], "minItems": 1, "items": {"$ref": "#/components/schemas/Tool"}},
            "tool_choice": {"anyOf": [{"enum": ["none", "auto", "required", null]}, {"type": "object"}]},
            "parallel_tool_calls": {"type": ["boolean", "null"], "default": true},
            "functions": {"type": ["array", "null"], "items": {"$ref": "#/components/schemas/Function"}},
            "function_call": {"anyOf": [{"enum": ["none", "auto", null]}, {"type": "object"}]},
            "add_generation_prompt": {"type": ["boolean", "null"], "default": true},
            "continue_final_message": {"type": ["boolean", "null"], "default": false},
            "add_special_tokens": {"type": ["boolean", "null"], "default": false},
            "documents": {"type": ["array", "null"], "items": {"type": "object",
                "additionalProperties": {"type": "string"}}},
            "chat_template_kwargs": {"type": ["object", "null"]},
            "reasoning_effort": {"enum": ["none", "minimal", "low", "medium", "high", "xhigh", "max", null]}}},
        "Prompts": {"anyOf": [{"type": "string"},
            {"type": "array", "minItems": 1, "items": {"type": "string"}},
            {"type": "array", "minItems": 1, "items": {"type": "integer", "minimum": 0}},
            {"type": "array", "minItems": 1, "items":
                {"type": "array", "minItems": 1, "items": {"type": "integer", "minimum": 0}}}]},
        "CompletionRequest": {"type": "object", "required": ["prompt"], "properties": {
            "prompt": {"$ref": "#/components/schemas/Prompts"},
            "logprobs": {"type": ["integer", "null"], "minimum": -1},
            "add_special_tokens": {"type": ["boolean", "null"], "default": true}}},
        "TokenizeRequest": {"type": "object", "properties": {
            "model": {"type": ["string", "null"]},
            "prompt": {"type": "string"},
            "messages": {"type": "array", "items": {"$ref": "#/components/schemas/ChatMessage"}},
            "tools": {"type": ["array", "null"], "items": {"$ref": "#/components/schemas/Tool"}},
            "add_special_tokens": {"type": ["boolean", "null"]},
            "add_generation_prompt": {"type": ["boolean", "null"], "default": true},
            "continue_final_message": {"type": ["boolean", "null"], "default": false},
            "chat_template_kwargs": {"type": ["object", "null"]},
            "return_token_strs": {"type": ["boolean", "null"], "default": false}}},
        "ResponsesRequest": {"type": "object", "required": ["input"], "properties": {
            "model": {"type": ["string", "null"]},
            "input": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "object"}}]},
            "instructions": {"type": ["string", "null"]},
            "previous_response_id": {"type": ["string", "null"]},
            "store": {"type": ["boolean", "null"]},
            "background": {"type": ["boolean", "null"]},
            "stream": {"type": ["boolean", "null"]},
            "max_output_tokens": {"type": ["integer", "null"]},
            "temperature": {"type": ["number", "null"], "minimum": 0, "maximum": 2},
            "top_p": {"type": ["number", "null"], "exclusiveMinimum": 0, "maximum": 1},
            "top_logprobs": {"type": ["integer", "null"]},
            "tools": {"type": ["array", "null"], "items": {"type": "object"}},
            "tool_choice": {"type": ["string", "object", "null"]},
            "parallel_tool_calls": {"type": ["boolean", "null"]},
            "text": {"type": ["object", "null"]},
            "reasoning": {"type": ["object", "null"]},
            "metadata": {"type": ["object", "null"]}}},
        "MessagesRequest": {"type": "object", "required": ["model", "messages"], "properties": {
            "model": {"type": "string"},
            "messages": {"type": "array", "items": {"type": "object"}},
            "system": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "object"}}, {"type": "null"}]},
            "max_tokens": {"type": "integer", "minimum": 1},
            "stop_sequences": {"type": ["array", "null"], "items": {"type": "string"}},
            "stream": {"type": ["boolean", "null"]},
            "temperature": {"type": ["number", "null"], "minimum": 0, "maximum": 2},
            "top_k": {"type": ["integer", "null"]},
            "top_p": {"type": ["number", "null"], "exclusiveMinimum": 0, "maximum": 1},
            "tools": {"type": ["array", "null"], "items": {"type": "object"}},
            "tool_choice": {"type": ["object", "null"]},
            "thinking": {"type": ["object", "null"]}}},
        "DetokenizeRequest": {"type": "object", "required": ["tokens"], "properties": {
            "model": {"type": ["string", "null"]},
            "tokens": {"type": "array", "items": {"type": "integer", "minimum": 0}}}}
        }
        """#

    private static let answers = #"""
        {
        "Object": {"type": "object"},
        "ErrorResponse": {"type": "object", "required": ["error"], "properties": {
            "detail": {"type": "string"},
            "error": {"type": "object", "required": ["message", "type", "param", "code"], "properties": {
                "message": {"type": "string"}, "type": {"type": "string"},
                "param": {"type": ["string", "null"]}, "code": {"type": "integer"}}}}},
        "Usage": {"type": "object", "required": ["prompt_tokens", "total_tokens", "completion_tokens"], "properties": {
            "prompt_tokens": {"type": "integer"}, "total_tokens": {"type": "integer"},
            "completion_tokens": {"type": "integer"}, "prompt_tokens_details": {"type": ["object", "null"]},
            "completion_tokens_details": {"type": ["object", "null"]}}},
        "MessageError": {"type": "object", "required": ["type", "error"], "properties": {
            "type": {"const": "error"}, "error": {"type": "object", "required": ["type", "message"], "properties": {
                "type": {"type": "string"}, "message": {"type": "string"}}}}},
        "MessageErrorResponse": {"anyOf": [{"$ref": "#/components/schemas/MessageError"},
            {"$ref": "#/components/schemas/ErrorResponse"}]},
        "Message": {"type": "object", "required": ["id", "type", "role", "content"], "properties": {
            "id": {"type": "string"}, "type": {"const": "message"}, "role": {"const": "assistant"},
            "content": {"type": "array", "items": {"type": "object"}}, "model": {"type": "string"},
            "stop_reason": {"type": ["string", "null"]}, "usage": {"type": "object"}}},
        "MessageTokenCount": {"type": "object", "required": ["input_tokens"], "properties": {
            "input_tokens": {"type": "integer"}}},
        "ResponseObject": {"type": "object", "required": ["id", "object", "status", "output"], "properties": {
            "id": {"type": "string"}, "object": {"const": "response"}, "status": {"type": "string"},
            "output": {"type": "array", "items": {"type": "object"}}}},
        "ChatCompletion": {"type": "object", "required": ["id", "object", "created", "model", "choices", "usage"],
            "properties": {
            "id": {"type": "string"}, "object": {"const": "chat.completion"}, "created": {"type": "integer"},
            "model": {"type": "string"},
            "choices": {"type": "array", "items": {"type": "object", "required": ["index", "message", "finish_reason"],
                "properties": {"index": {"type": "integer"}, "message": {"$ref": "#/components/schemas/ChatMessage"},
                "logprobs": {"type": ["object", "null"]}, "finish_reason": {"type": ["string", "null"]},
                "stop_reason": {"type": ["string", "integer", "null"]},
                "token_ids": {"type": ["array", "null"], "items": {"type": "integer"}}}}},
            "usage": {"$ref": "#/components/schemas/Usage"},
            "system_fingerprint": {"type": ["string", "null"]},
            "prompt_token_ids": {"type": ["array", "null"], "items": {"type": "integer"}},
            "prompt_text": {"type": ["string", "null"]}}},
        "Completion": {"type": "object", "required": ["id", "object", "created", "model", "choices", "usage"],
            "properties": {
            "id": {"type": "string"}, "object": {"const": "text_completion"}, "created": {"type": "integer"},
            "model": {"type": "string"},
            "choices": {"type": "array", "items": {"type": "object", "required": ["index", "text", "finish_reason"],
                "properties": {"index": {"type": "integer"}, "text": {"type": "string"},
                "logprobs": {"type": ["object", "null"]}, "finish_reason": {"type": ["string", "null"]},
                "stop_reason": {"type": ["string", "integer", "null"]},
                "token_ids": {"type": ["array", "null"], "items": {"type": "integer"}},
                "prompt_token_ids": {"type": ["array", "null"], "items": {"type": "integer"}}}}},
            "usage": {"$ref": "#/components/schemas/Usage"},
            "system_fingerprint": {"type": ["string", "null"]}}},
        "RenderedRequest": {"type": "object", "required": ["request_id", "token_ids", "sampling_params", "model"],
            "properties": {
            "request_id": {"type": "string"}, "token_ids": {"type": "array", "items": {"type": "integer"}},
            "sampling_params": {"type": "object"}, "model": {"type": "string"}}},
        "RenderedRequests": {"type": "array", "items": {"$ref": "#/components/schemas/RenderedRequest"}},
        "Model": {"type": "object", "required": ["id", "object", "created", "owned_by"], "properties": {
            "id": {"type": "string"}, "object": {"const": "model"}, "created": {"type": "integer"},
            "owned_by": {"type": "string"}, "root": {"type": ["string", "null"]}, "parent": {"type": ["string", "null"]},
            "max_model_len": {"type": ["integer", "null"]}, "permission": {"type": "array"}}},
        "ModelList": {"type": "object", "required": ["object", "data"], "properties": {
            "object": {"const": "list"}, "data": {"type": "array", "items": {"$ref": "#/components/schemas/Model"}}}},
        "Tokens": {"type": "object", "required": ["count", "max_model_len", "tokens"], "properties": {
            "count": {"type": "integer"}, "max_model_len": {"type": "integer"},
            "tokens": {"type": "array", "items": {"type": "integer"}},
            "token_strs": {"type": ["array", "null"], "items": {"type": "string"}}}},
        "DetokenizedText": {"type": "object", "required": ["prompt"], "properties": {"prompt": {"type": "string"}}},
        "Version": {"type": "object", "required": ["version"], "properties": {"version": {"type": "string"}}},
        "Load": {"type": "object", "required": ["server_load"], "properties": {"server_load": {"type": "integer"}}}
        }
        """#
}
