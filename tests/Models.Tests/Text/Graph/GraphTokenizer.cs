using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Text;
using MLTransfer.Models.Text.Graph;

namespace MLTransfer.Models.Tests.Text.Graph;

/// <summary>Runs a tokenizer graph in ONNX Runtime.</summary>
internal sealed class GraphTokenizer(OnnxModel model) : IDisposable
{
    private readonly InferenceSession _session = new(model.ToBytes());

    public void Dispose() => _session.Dispose();

    /// <summary>The rows without their padding; asserts that what was cut off is padding.</summary>
    public TokenizedText[] Encode(string[] texts, string[]? pairs = null, int padding = 0)
    {
        List<NamedOnnxValue> inputs = [Input(WordPieceGraph.Text, texts)];
        if (pairs is not null)
        {
            inputs.Add(Input(WordPieceGraph.Pair, pairs));
        }

        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> outputs = _session.Run(
            inputs, [WordPieceGraph.InputIds, WordPieceGraph.AttentionMask, WordPieceGraph.TokenTypeIds]);
        DenseTensor<long> ids = outputs[0].AsTensor<long>().ToDenseTensor();
        DenseTensor<long> mask = outputs[1].AsTensor<long>().ToDenseTensor();
        DenseTensor<long> types = outputs[2].AsTensor<long>().ToDenseTensor();
        int length = ids.Dimensions[1];
        Assert.Equal(texts.Length, ids.Dimensions[0]);
        return [.. texts.Select((_, row) => Row(row))];

        TokenizedText Row(int row)
        {
            Span<long> rowIds = ids.Buffer.Span.Slice(row * length, length);
            Span<long> rowMask = mask.Buffer.Span.Slice(row * length, length);
            Span<long> rowTypes = types.Buffer.Span.Slice(row * length, length);
            int count = rowMask.Count(1);
            Assert.True(rowMask[count..].IndexOfAnyExcept(0) < 0);
            Assert.True(rowTypes[count..].IndexOfAnyExcept(0) < 0);
            Assert.True(rowIds[count..].IndexOfAnyExcept(padding) < 0);
            return new(Array.ConvertAll(rowIds[..count].ToArray(), id => (int)id), Array.ConvertAll(rowTypes[..count].ToArray(), id => (int)id));
        }
    }

    private static NamedOnnxValue Input(string name, string[] texts) =>
        NamedOnnxValue.CreateFromTensor(name, new DenseTensor<string>(texts, [texts.Length, 1]));
}
