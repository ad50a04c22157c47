using System.Text.Json.Nodes;
using MLTransfer.Models.Onnx;

namespace MLTransfer.Runner.Inspection;

/// <summary>Describes an ONNX graph.</summary>
internal static class GraphInspection
{
    /// <summary>Inputs, outputs, operators and stored tensors of a file.</summary>
    /// <exception cref="OnnxModelException">The file is no valid ONNX model.</exception>
    public static JsonObject Describe(string path, bool listParameters)
    {
        var model = OnnxModel.Load(path);
        IReadOnlyList<OnnxParameter> parameters = model.Parameters;
        JsonObject report = new()
        {
            ["kind"] = "ONNX graph",
            ["path"] = path,
            ["fileBytes"] = new FileInfo(path).Length,
            ["opsets"] = new JsonObject(model.Opsets.Select(static opset => KeyValuePair.Create(opset.Key.Length == 0 ? "ai.onnx" : opset.Key, (JsonNode?)opset.Value))),
            ["inputs"] = Values(model.Inputs),
            ["outputs"] = Values(model.Outputs),
            ["nodes"] = model.Operators.Sum(static entry => entry.Count),
            ["storedTensors"] = parameters.Count,
            ["storedNumbers"] = parameters.Sum(static parameter => parameter.Elements),
            ["operators"] = new JsonArray([.. model.Operators.Select(static entry => new JsonObject
            {
                ["operator"] = entry.Domain.Length == 0 ? entry.Type : $"{entry.Domain}.{entry.Type}",
                ["nodes"] = entry.Count,
            })]),
        };
        if (model.Metadata.Count > 0)
            report["metadata"] = new JsonObject(model.Metadata.Select(static pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value)));
        if (listParameters)
        {
            report["parameters"] = new JsonArray([.. parameters.Select(static parameter => new JsonObject
            {
                ["name"] = parameter.Name,
                ["type"] = parameter.ElementType,
                ["shape"] = $"[{string.Join(", ", parameter.Dimensions)}]",
                ["external"] = parameter.IsExternal,
            })]);
        }
        return report;
    }

    private static JsonArray Values(IReadOnlyList<OnnxValue> values) => new([.. values.Select(static value => new JsonObject
    {
        ["name"] = value.Name,
        ["type"] = value.ElementType,
        ["shape"] = value.Dimensions is null ? "unknown" : $"[{string.Join(", ", value.Dimensions)}]",
    })]);
}
