namespace MLTransfer.FineTuning.Training.Optimizers;

/// <summary>How gradients become steps.</summary>
public enum OptimizerKind
{
    /// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv:1711.05101).</summary>
    AdamW,

    /// <summary>Adam (Kingma and Ba 2015, arXiv:1412.6980); weight decay is part of the gradient.</summary>
    Adam,

    /// <summary>Stochastic gradient descent with momentum (Sutskever et al. 2013).</summary>
    Sgd,
}
