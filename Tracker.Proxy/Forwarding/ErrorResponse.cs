using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Tracker.Proxy.Providers;

namespace Tracker.Proxy.Forwarding;

/// <summary>Errors of the proxy's own, in the shape that the client's API uses for its errors, so that SDKs show and retry them as they should.</summary>
internal static class ErrorResponse
{
    public static Task WriteAsync(HttpContext context, Dialect dialect, int status, string message)
    {
        context.Response.StatusCode = status;
        return dialect == Dialect.Anthropic
            ? context.Response.WriteAsJsonAsync(
                new AnthropicError("error", new AnthropicErrorDetail(TypeOf(status), message)), ErrorJson.Readable.AnthropicError, contentType: null, context.RequestAborted)
            : context.Response.WriteAsJsonAsync(
                new OpenAIError(new OpenAIErrorDetail(message, TypeOf(status), null)), ErrorJson.Readable.OpenAIError, contentType: null, context.RequestAborted);
    }

    /// <summary>Anthropic's names (platform.claude.com/docs/en/api/errors, seen 2026-11).</summary>
    private static string TypeOf(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => "authentication_error",
        StatusCodes.Status404NotFound => "not_found_error",
        StatusCodes.Status504GatewayTimeout => "timeout_error",
        >= 500 => "api_error",
        _ => "invalid_request_error",
    };
}

internal sealed record AnthropicError(string Type, AnthropicErrorDetail Error);

internal sealed record AnthropicErrorDetail(string Type, string Message);

internal sealed record OpenAIError(OpenAIErrorDetail Error);

internal sealed record OpenAIErrorDetail(string Message, string Type, string? Code);

internal sealed record UnknownProvider(AnthropicErrorDetail Error, IEnumerable<string> KnownProviders);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(AnthropicError))]
[JsonSerializable(typeof(OpenAIError))]
[JsonSerializable(typeof(UnknownProvider))]
internal sealed partial class ErrorJson : JsonSerializerContext
{
    /// <summary>Quotes and other marks stay as they are: people read these messages in terminals, never within HTML.</summary>
    public static ErrorJson Readable { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
