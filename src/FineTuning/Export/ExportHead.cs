using MLTransfer.Models.Onnx;
using TorchSharp;

namespace MLTransfer.FineTuning.Export;

/// <summary>A graph that reads what the backbone computes, and the same computation in Torch to check it against.</summary>
/// <param name="Graph">The head as a graph.</param>
/// <param name="Links">Input of <paramref name="Graph"/> → tensor of the backbone.</param>
/// <param name="Compute">From the outputs of the module, and its inputs, to the outputs of <paramref name="Graph"/> by name.</param>
public sealed record ExportHead(
    OnnxModel Graph,
    IReadOnlyDictionary<string, string> Links,
    Func<IReadOnlyDictionary<string, torch.Tensor>, IReadOnlyDictionary<string, torch.Tensor>, IReadOnlyDictionary<string, torch.Tensor>> Compute);
