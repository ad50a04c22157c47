using Microsoft.ML.OnnxRuntime;

namespace MLTransfer.Pipelines.Export;

/// <summary>An input of an exported graph.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Column">The column of the saved model that it takes the place of.</param>
/// <param name="IsChannelsLast">Whether it takes <c>[batch, height, width, 3]</c>, and the column holds planes.</param>
internal sealed record GraphInput(string Name, string Column, bool IsChannelsLast)
{
    /// <summary>A row of the column in the input's layout.</summary>
    public OrtValue ToTensor(ColumnRow row)
    {
        if (!IsChannelsLast)
        {
            return row.ToTensor();
        }

        using OrtValue planes = row.ToTensor();
        long[] shape = planes.GetTensorTypeAndShape().Shape;
        ReadOnlySpan<byte> from = planes.GetTensorDataAsSpan<byte>();
        int channels = (int)shape[1];
        int size = from.Length / channels;
        byte[] pixels = new byte[from.Length];
        for (int i = 0; i < pixels.Length; i++)
        {
            pixels[i] = from[(i % channels * size) + (i / channels)];
        }

        return OrtValue.CreateTensorValueFromMemory(pixels, [1, shape[2], shape[3], channels]);
    }
}
