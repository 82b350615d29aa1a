# -*- coding: utf-8 -*-
# 과제 3: 역전파 함수 작성하기 (784-128-64-10)
import numpy as np


def 시그모이드(z):
    return 1 / (1 + np.exp(-z))


def 순전파(이미지, 가중치, 편향):
    출력 = [이미지]
    for w, b in zip(가중치, 편향):
        출력.append(시그모이드(w @ 출력[-1] + b))
    return 출력


def 역전파(이미지들, 정답들, 가중치, 편향):
    """모든 데이터에 대한 손실함수의 편미분 (가중치, 편향)"""
    dw = [np.zeros(w.shape) for w in 가중치]
    db = [np.zeros(b.shape) for b in 편향]
    개수 = len(이미지들)
    for 이미지, 정답 in zip(이미지들, 정답들):
        a = 순전파(이미지, 가중치, 편향)
        # 마지막 층부터 한 층씩 앞으로
        미리계산한값 = (a[-1] - 정답) / len(정답)
        for l in range(len(가중치) - 1, -1, -1):
            델타 = a[l + 1] * (1 - a[l + 1]) * 미리계산한값
            dw[l] += np.outer(델타, a[l])
            db[l] += 델타
            미리계산한값 = 가중치[l].T @ 델타
    dw = [w / 개수 for w in dw]
    db = [b / 개수 for b in db]
    return dw, db
