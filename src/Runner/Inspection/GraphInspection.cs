using System.Text.Json.Nodes;
using MLTransfer.FineTuning.Import;
using MLTransfer.Models.Errors;
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
        Dictionary<string, StoredTensor> roles = DescribeTraining(model, report);
        if (listParameters)
        {
            report["parameters"] = new JsonArray([.. parameters.Select(parameter => new JsonObject
            {
                ["name"] = parameter.Name,
                ["type"] = parameter.ElementType,
                ["shape"] = $"[{string.Join(", ", parameter.Dimensions)}]",
                ["external"] = parameter.IsExternal,
                ["role"] = roles.GetValueOrDefault(parameter.Name) is { } tensor ? Role(tensor.Role) : "",
                ["reason"] = roles.GetValueOrDefault(parameter.Name)?.Reason ?? "",
            })]);
        }
        return report;
    }

    /// <summary>What fine-tuning would train: the weights, and what it leaves alone; or why it cannot train the graph.</summary>
    private static Dictionary<string, StoredTensor> DescribeTraining(OnnxModel model, JsonObject report)
    {
        try
        {
            IReadOnlyList<StoredTensor> tensors = OnnxModule.Describe(model);
            report["fineTuning"] = new JsonObject
            {
                ["weights"] = tensors.Count(static tensor => tensor.Role == StoredTensorRole.Weight),
                ["weightNumbers"] = tensors.Where(static tensor => tensor.Role == StoredTensorRole.Weight).Sum(static tensor => tensor.Shape.Aggregate(1L, static (product, size) => product * size)),
                ["statistics"] = tensors.Count(static tensor => tensor.Role == StoredTensorRole.Statistics),
                ["constants"] = tensors.Count(static tensor => tensor.Role == StoredTensorRole.Constant),
            };
            return tensors.ToDictionary(static tensor => tensor.Name);
        }
        catch (UserException exception)
        {
            report["fineTuning"] = new JsonObject { ["impossible"] = exception.Message };
            return [];
        }
    }

    private static string Role(StoredTensorRole role) => role switch
    {
        StoredTensorRole.Weight => "weight",
        StoredTensorRole.Statistics => "statistics",
        _ => "constant",
    };

    private static JsonArray Values(IReadOnlyList<OnnxValue> values) => new([.. values.Select(static value => new JsonObject
    {
        ["name"] = value.Name,
        ["type"] = value.ElementType,
        ["shape"] = value.Dimensions is null ? "unknown" : $"[{string.Join(", ", value.Dimensions)}]",
    })]);
}
