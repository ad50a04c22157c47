using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MLTransfer.Runner;

/// <summary>One JSON object a line.</summary>
internal static class JsonLines
{
    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes an object, and lets readers of a pipe have it at once.</summary>
    public static void Write(TextWriter output, JsonObject value)
    {
        output.WriteLine(value.ToJsonString(Options));
        output.Flush();
    }
}
