namespace MLTransfer.FineTuning.Freezing.Adapters;

/// <summary>How a stored weight is a matrix.</summary>
internal enum LoraForm
{
    /// <summary><c>[…, inputs, outputs]</c>, as <c>MatMul</c> reads it.</summary>
    InputsByOutputs,

    /// <summary><c>[…, outputs, inputs]</c>: <c>Gemm</c> with <c>transB</c>, or a weight that is turned before it is used.</summary>
    OutputsByInputs,

    /// <summary><c>[filters, channels, kernel…]</c>: a matrix of filters by all the numbers of one.</summary>
    Filters,
}
